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

    @Test func `those who hear only that it has passed have their turn in pieces too`() throws {
        let (people, others) = ((0..<100).map { _ in ID<User>.new() }, (0..<1000).map { _ in ID<User>.new() })
        let big = try #require(Outgoing(Delivery(.new(), rev: 1, to: .people(people), passed: others, [1])))
        var broadcasts = Broadcasts()
        broadcasts.append(big)
        var told: [ID<User>] = []
        var passed: [ID<User>] = []
        while let piece = broadcasts.next() {
            #expect(piece.told.count + piece.passed.count < 100)
            told += piece.told
            passed += piece.passed
        }
        #expect(told == people && passed == others && broadcasts.isEmpty)
    }
}
