import Runtime

/// Posts in a channel that everybody who is connected follows, beside a load on the groups.
final class Announcements {
    /// Above all numbers of the load.
    private static let firstNumber = 9_000_000_000

    private let author: Crowd.Person
    private let count: Int
    private let interval: Duration
    private var postedAt: [MonotonicTime] = []
    private var copies = 0
    private(set) var deliveries = Latencies()

    init(by author: Crowd.Person, count: Int, every interval: Duration) {
        self.author = author
        self.count = count
        self.interval = interval
    }

    /// Posts one after the other until there are enough.
    func begin(with poster: Poster, on domain: isolated LoopDomain) {
        guard postedAt.count < count else { return }
        poster.post(Self.firstNumber + postedAt.count, by: author, on: domain)
        postedAt.append(.now)
        domain.schedule(after: interval) { self.begin(with: poster, on: domain) }
    }

    static func isOne(_ number: Int) -> Bool { number >= firstNumber }

    /// Answers whether it came for the first time.
    func arrived(_ number: Int, at receiver: Receiver) -> Bool {
        let place = number - Self.firstNumber
        guard postedAt.indices.contains(place), receiver.announcements.insert(place).inserted else { return false }
        copies += 1
        deliveries.add(.now - postedAt[place])
        return true
    }

    func missing(of receivers: Int) -> Int { count * receivers - copies }
}
