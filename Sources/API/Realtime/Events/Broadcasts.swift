import Model
import Runtime

/// What goes to so many sockets that a loop would serve nobody else meanwhile: it is sent in pieces, a piece a turn. What
/// follows in the same conversation waits behind it.
struct Broadcasts {
    /// Sends that take about half a millisecond.
    private static let piece = 64

    private var waiting: [Outgoing] = []
    /// How many of the first one's people have it: first those who are told, then those who hear that it has passed.
    private var done = 0
    private var conversations: [ID<Conversation>: Int] = [:]

    var isEmpty: Bool { waiting.isEmpty }

    func mustWait(_ outgoing: Outgoing) -> Bool {
        outgoing.told.count + outgoing.passed.count > Self.piece * 4
            || !conversations.isEmpty && outgoing.conversation.map { conversations[$0] != nil } ?? false
    }

    mutating func append(_ outgoing: Outgoing) {
        waiting.append(outgoing)
        if let conversation = outgoing.conversation { conversations[conversation, default: 0] += 1 }
    }

    /// The next piece; nil when there is none.
    mutating func next() -> (outgoing: Outgoing, told: ArraySlice<ID<User>>, passed: ArraySlice<ID<User>>)? {
        guard let first = waiting.first else { return nil }
        let (count, all) = (first.told.count, first.told.count + first.passed.count)
        let end = min(done + Self.piece, all)
        let told = first.told[min(done, count)..<min(end, count)]
        let passed = first.passed[max(done - count, 0)..<max(end - count, 0)]
        done = end
        guard done == all else { return (first, told, passed) }
        waiting.removeFirst()
        done = 0
        if let conversation = first.conversation, let left = conversations[conversation] {
            conversations[conversation] = left > 1 ? left - 1 : nil
        }
        return (first, told, passed)
    }
}
