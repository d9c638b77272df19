import Runtime

/// Why a job cannot run on a worker, although it may on another or after a deploy. It waits, parked, and the obstacle
/// goes with it for those who look.
package enum Obstacle: Error, Sendable, Hashable {
    case unknownKind
    case newerSchema
    /// Its row in the outbox would stay for ever.
    case noDatabase
    /// Its payload is sealed with the key of that number; nil when not even that can be read.
    case noKey(UInt8?)

    /// As people read it.
    package var reason: String {
        switch self {
        case .unknownKind: "no worker knows its kind"
        case .newerSchema: "its payload is of a newer version than any worker knows"
        case .noDatabase: "no worker that has a database took it"
        case .noKey(let number?): "no worker has key \(number) of JOB_ENCRYPTION_KEYS, which its payload is sealed with"
        case .noKey(nil): "no worker has the key of JOB_ENCRYPTION_KEYS that its payload is sealed with"
        }
    }

    /// For programs.
    package var name: String {
        switch self {
        case .unknownKind: "unknownKind"
        case .newerSchema: "newerSchema"
        case .noDatabase: "noDatabase"
        case .noKey: "noKey"
        }
    }
}

/// What becomes of a job that meets an obstacle: it comes again soon, without an attempt lost; after a day it is dead.
struct Parking {
    private static let longest = Duration.days(1)

    let envelope: Envelope
    let isOverdue: Bool
    let comesAgain: Timestamp

    init(_ view: EnvelopeView, _ obstacle: Obstacle, now: Timestamp = .now) {
        var envelope = Envelope(view)
        let since = envelope.options.parkedSince ?? now
        let waited = now - since
        envelope.options.parkedSince = since
        envelope.options.obstacle = obstacle
        isOverdue = waited > Self.longest
        if isOverdue {
            envelope.options.add(
                JobFailure(
                    at: now, attempt: envelope.attempts, type: "parked", message: "for a day: \(obstacle.reason)"))
        }
        self.envelope = envelope
        // A tenth of the time it has waited, so that a fleet half way through a deploy settles it within seconds.
        comesAgain = now + min(max(.milliseconds(waited.milliseconds / 10), .seconds(1)), .minutes(5))
    }
}

extension EnvelopeOptions {
    /// A worker could run it: whatever is parked later has waited from then on.
    mutating func leaveParking() {
        parkedSince = nil
        obstacle = nil
    }
}
