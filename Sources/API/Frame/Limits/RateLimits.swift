import HTTP
import Runtime

/// How many requests are allowed in which time, from the configuration.
package struct RateLimits: Sendable, Hashable {
    /// Requests in a window; 0 switches all limits off.
    package let requests: Int
    package let window: Duration
    /// The same, as every request needs it.
    private let windowNanoseconds: UInt64
    /// So long a request waits for what all processes share; then its loop decides alone.
    package var patience = Duration.milliseconds(250)

    package init(requests: Int, window: Duration) {
        self.requests = requests
        self.window = window
        windowNanoseconds = UInt64(window.nanoseconds)
    }

    package static let off = RateLimits(requests: 0, window: .seconds(60))

    /// Where somebody could guess, a person needs few tries.
    private static let guessingShare = 30
    /// Many people may stand behind one address.
    private static let addressFactor = 10

    var isOff: Bool { requests == 0 }

    func rule(_ limit: RateClass, for subject: RateSubject) -> RateRule? {
        guard !isOff else { return nil }
        switch (limit, subject) {
        case (.unlimited, _): return nil
        case (.guessing, _): return RateRule(burst: max(requests / Self.guessingShare, 1), window: windowNanoseconds)
        case (.standard, .person), (.admin, _), (.standard, .stranger):
            return RateRule(burst: requests, window: windowNanoseconds)
        case (.standard, .address): return RateRule(burst: requests * Self.addressFactor, window: windowNanoseconds)
        }
    }
}

/// Whose requests are counted together.
enum RateSubject: UInt8 {
    /// An address that nobody signed in from with this request.
    case stranger
    /// An address, whoever signs in from there.
    case address
    case person
}

/// A token bucket: it holds `burst`, and is full again after a window.
struct RateRule: Hashable {
    let burst: Int
    /// The time in which one token comes, in nanoseconds.
    let interval: UInt64

    /// The window is in nanoseconds.
    init(burst: Int, window: UInt64) {
        self.burst = burst
        interval = max(window / UInt64(burst), 1000)
    }
}

/// One bucket: a subject in a class.
struct RateKey: Hashable {
    let kind: UInt8
    let high: UInt64
    let low: UInt64

    init(_ limit: RateClass, _ subject: RateSubject, _ id: (UInt64, UInt64)) {
        kind = limit.number << 4 | subject.rawValue
        (high, low) = id
    }

    /// A part of the key in Redis.
    var text: String { "\(kind):\(UUID(high: high, low: low))" }
}

extension RateClass {
    fileprivate var number: UInt8 {
        switch self {
        case .unlimited: 0
        case .standard: 1
        case .guessing: 2
        case .admin: 3
        }
    }
}

/// What a limit says to one request.
struct RateVerdict {
    var isAllowed = true
    var limit = 0
    var remaining = 0
    /// Until the next request is allowed, or until the bucket is full; in seconds, rounded up.
    var resetSeconds = 0
}
