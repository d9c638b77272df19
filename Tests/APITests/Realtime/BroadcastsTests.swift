import Model
import Runtime
import Testing

@testable import APIRoutes

/// How what goes to very many is cut into pieces.
struct BroadcastsTests {
    private func outgoing(_ count: Int, in conversation: ID<Conversation>) throws -> Outgoing {
        try #require(
            Outgoing(Delivery(conversation, rev: 1, to: .people((0..<count).map { _ in .new() }), [1])))
    }

    @Test func `all get it, each once, and what follows in the conversation waits`() throws {
        var broadcasts = Broadcasts()
        let channel = ID<Conversation>.new()
        let (big, next) = (try outgoing(1000, in: channel), try outgoing(2, in: channel))
        #expect(broadcasts.mustWait(big))
        #expect(!broadcasts.mustWait(next))
        broadcasts.append(big)
        let other = try outgoing(2, in: .new())
        #expect(broadcasts.mustWait(next) && !broadcasts.mustWait(other))
        broadcasts.append(next)
        var told: [ID<User>] = []
        var pieces = 0
        while let piece = broadcasts.next() {
            told += piece.told
            pieces += 1
        }
        #expect(told == big.told + next.told && pieces > 10)
        #expect(broadcasts.isEmpty && !broadcasts.mustWait(next))
    }
}
