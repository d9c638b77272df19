import Model
import Runtime

/// Puts what arrives into the order of its revs, conversation by conversation. What comes early is held until what is
/// missing has come; what comes late, or again, is dropped.
struct EventSequence {
    /// What is missing of a conversation, although what comes behind it has waited long enough.
    struct Gap: Sendable {
        let conversation: ID<Conversation>
        let revs: ClosedRange<Int64>
        /// Who hears of what waits behind it.
        let people: [ID<User>]
        let hasFollowers: Bool
    }

    private struct Line {
        /// The last that was let through. Nil at the beginning, as long as something older may be on its way.
        var last: Int64?
        /// The first that was let through.
        var first: Int64?
        var held: [Int64: Delivery] = [:]
        var heldSince: MonotonicTime?
        var touched: MonotonicTime
    }

    static let patience = Duration.milliseconds(500)
    /// What comes first of a conversation waits so long for what was told just before it by another worker.
    static let settling = Duration.milliseconds(50)
    /// A conversation in which nothing has happened for so long begins anew: a client sees by itself what it lacks.
    private static let memory = Duration.hours(1)
    /// So long after an event it is looked for one behind it that was lost.
    private static let tailTime = Duration.minutes(1)
    private static let mostLines = 100_000

    private var lines: [ID<Conversation>: Line] = [:]
    private var waiting: Set<ID<Conversation>> = []
    private var forgottenAt: MonotonicTime

    var isHolding: Bool { !waiting.isEmpty }

    init(at now: MonotonicTime) { forgottenAt = now }

    /// Calls `release` for each delivery that may go now, in order.
    mutating func take(_ delivery: Delivery, at now: MonotonicTime, _ release: (Delivery) -> Void) {
        let rev = delivery.rev
        guard rev > 0, let conversation = delivery.conversation else { return release(delivery) }
        guard let index = lines.index(forKey: conversation) else {
            return begin(conversation, delivery, at: now, release)
        }
        lines.values[index].touched = now
        guard let last = lines.values[index].last else {
            lines.values[index].held[rev] = delivery
            return
        }
        guard rev > last else {
            // It never went this way, and a lower rev must not follow a higher one.
            if let first = lines.values[index].first, rev < first { release(.syncRequired(for: delivery)) }
            return
        }
        guard rev == last + 1 else {
            lines.values[index].held[rev] = delivery
            if lines.values[index].heldSince == nil { lines.values[index].heldSince = now }
            waiting.insert(conversation)
            return
        }
        lines.values[index].last = rev
        release(delivery)
        if lines.values[index].heldSince != nil { advance(conversation, at: now, release) }
    }

    private mutating func begin(
        _ conversation: ID<Conversation>, _ delivery: Delivery, at now: MonotonicTime, _ release: (Delivery) -> Void
    ) {
        forget(at: now)
        if delivery.rev == 1 {
            lines[conversation] = Line(last: 1, first: 1, touched: now)
            return release(delivery)
        }
        lines[conversation] = Line(held: [delivery.rev: delivery], heldSince: now, touched: now)
        waiting.insert(conversation)
    }

    /// Begins with what came first, once nothing older is to be expected.
    mutating func settle(at now: MonotonicTime, _ release: (Delivery) -> Void) {
        for conversation in waiting {
            guard let line = lines[conversation], line.last == nil, let since = line.heldSince,
                now - since >= Self.settling, let first = line.held.keys.min()
            else { continue }
            lines[conversation]?.last = first - 1
            lines[conversation]?.first = first
            advance(conversation, at: now, release)
        }
    }

    /// Lets what waits go on as far as it is whole.
    private mutating func advance(
        _ conversation: ID<Conversation>, at now: MonotonicTime, _ release: (Delivery) -> Void
    ) {
        guard var line = lines[conversation], var last = line.last else { return }
        while let next = line.held.removeValue(forKey: last + 1) {
            last += 1
            release(next)
        }
        line.last = last
        line.heldSince = line.held.isEmpty ? nil : now
        if line.held.isEmpty { waiting.remove(conversation) }
        lines[conversation] = line
    }

    /// Gives up on what is missing up to a rev: it is told to nobody, and clients see the hole.
    mutating func pass(
        _ conversation: ID<Conversation>, through rev: Int64, at now: MonotonicTime, _ release: (Delivery) -> Void
    ) {
        guard let line = lines[conversation], let last = line.last, last < rev else { return }
        lines[conversation]?.last = rev
        advance(conversation, at: now, release)
    }

    /// Each is answered once in a while, until it is filled.
    mutating func gaps(at now: MonotonicTime) -> [Gap] {
        waiting.compactMap { conversation in
            guard let line = lines[conversation], let last = line.last, let since = line.heldSince,
                now - since >= Self.patience, let first = line.held.keys.min()
            else { return nil }
            lines[conversation]?.heldSince = now
            var people: [ID<User>] = []
            var hasFollowers = false
            for delivery in line.held.values {
                people += delivery.passed
                switch delivery.recipients {
                case .people(let told): people += told
                case .followers: hasFollowers = true
                }
            }
            return Gap(
                conversation: conversation, revs: last + 1...first - 1, people: people,
                hasFollowers: hasFollowers)
        }
    }

    /// Up to where each conversation has got in which something has happened not long ago, as far as nothing waits there.
    func tails(at now: MonotonicTime) -> [ID<Conversation>: Int64] {
        lines.filter { $0.value.held.isEmpty && now - $0.value.touched < Self.tailTime }.compactMapValues(\.last)
    }

    /// What the database has behind the last rev that came, if nothing has come since it was asked.
    func tail(_ conversation: ID<Conversation>, was last: Int64, is rev: Int64) -> Gap? {
        guard let line = lines[conversation], line.last == last, line.held.isEmpty, rev > last else { return nil }
        return Gap(conversation: conversation, revs: last + 1...rev, people: [], hasFollowers: true)
    }

    /// After a time in which anything may have been missed.
    mutating func reset() {
        lines = [:]
        waiting = []
    }

    private mutating func forget(at now: MonotonicTime) {
        guard now - forgottenAt >= Self.memory || lines.count >= Self.mostLines else { return }
        forgottenAt = now
        for age in [Self.memory, Self.tailTime, .zero] where age == Self.memory || lines.count >= Self.mostLines / 2 {
            lines = lines.filter { _, line in !line.held.isEmpty || now - line.touched < age }
        }
    }
}

extension Delivery {
    private static let syncFrame = [UInt8](#"{"type":"sync.required","data":{}}"#.utf8)

    /// For those who would have got it: they are told to see for themselves what they lack.
    fileprivate static func syncRequired(for missed: Delivery) -> Delivery {
        Delivery(nil, to: missed.recipients, syncFrame)
    }
}
