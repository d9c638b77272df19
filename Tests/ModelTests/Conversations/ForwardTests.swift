import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Messages that are passed on, and many at once.
@Suite(.ownAccounts) struct ForwardTests {
    private func forward(
        _ message: Message, to conversations: [ID<Conversation>], by user: SignedInUser, in room: Room,
        clientID: String? = nil
    ) async throws -> [ForwardOutcome] {
        try await room.chat.sending.forward(message.id, to: conversations, clientID: clientID, by: user)
    }

    @Test func `each conversation has an outcome of its own, and the way is counted`() async throws {
        try await Room.lend { room in
            let elsewhere = try await room.chat.group([room.member, room.stranger])
            let foreign = try await room.chat.group([room.admin])
            let code = try await room.chat.sending.send(
                NewMessage(in: room.id, by: room.admin.id, .code("let x = 1", language: "swift")))
            let outcomes = try await forward(code, to: [elsewhere, foreign], by: room.member, in: room)
            let copy = try outcomes[0].outcome.get()
            #expect(copy.kind == "code" && copy.content == "let x = 1" && copy.metadata?["language"] == "swift")
            #expect(copy.forwardHops == 1 && copy.sender == room.member.id)
            #expect(throws: Problem.self) { try outcomes[1].outcome.get() }
            let further = try await forward(copy, to: [room.id], by: room.member, in: room)
            #expect(try further[0].outcome.get().forwardHops == 2)
        }
    }

    @Test func `the same request passes a message on once`() async throws {
        try await Room.lend { room in
            let elsewhere = try await room.chat.group([room.member])
            let message = try await room.say("news", by: room.admin)
            for _ in 0..<2 {
                _ = try await forward(message, to: [elsewhere], by: room.member, in: room, clientID: "k1")
            }
            #expect(try await room.chat.read(elsewhere, by: room.member) == ["news"])
        }
    }

    @Test func `what has come a long way goes to one conversation at a time`() async throws {
        try await Room.lend { room in
            let others = [try await room.chat.group([room.admin]), try await room.chat.group([room.admin])]
            var message = try await room.say("chain letter", by: room.admin)
            for _ in 0..<Message.longWay {
                message = try await forward(message, to: [room.id], by: room.admin, in: room)[0].outcome.get()
            }
            #expect(message.forwardHops == 5)
            let many = try await problem { _ = try await forward(message, to: others, by: room.admin, in: room) }
            #expect(many?.errors.map(\.path) == ["conversationIds"])
            #expect(try await forward(message, to: [others[0]], by: room.admin, in: room).count == 1)
        }
    }

    @Test func `what one does not see, what is gone, and what was meant for those who were there stays`() async throws {
        try await Room.lend { room in
            let elsewhere = try await room.chat.group([room.stranger, room.admin])
            let message = try await room.say("secret", by: room.admin)
            let poll = try await room.chat.sending.send(
                NewMessage(in: room.id, by: room.admin.id, .poll(MessageContent.Poll("?", options: ["a", "b"]))))
            let rows: [(Message, SignedInUser, Problem.Code)] = [
                (message, room.stranger, .notFound), (poll, room.admin, .validationFailed),
            ]
            for (message, user, refusal) in rows {
                #expect(
                    try await problemCode { _ = try await forward(message, to: [elsewhere], by: user, in: room) }
                        == refusal)
            }
            try await room.conversations.deleteForAll(message.id, by: room.admin)
            #expect(
                try await problemCode { _ = try await forward(message, to: [elsewhere], by: room.admin, in: room) }
                    == .notFound)
        }
    }

    @Test func `a live location is passed on as the place it was at, and moves only by its sender, until it ends`()
        async throws
    {
        let clock = ManualClock(.now)
        try await Room.lend(at: clock) { room in
            let live = try await room.chat.sending.send(
                NewMessage(
                    in: room.id, by: room.member.id,
                    .liveLocation(latitude: 1, longitude: 2, lasting: .minutes(15))))
            let moved = try await room.conversations.moveLocation(live.id, to: (3, 4), by: room.member)
            #expect(moved.metadata?["latitude"]?.double == 3 && moved.rev == live.rev)
            #expect(
                try await problemCode {
                    _ = try await room.conversations.moveLocation(live.id, to: (5, 6), by: room.admin)
                } == .forbidden)
            let copy = try await forward(live, to: [room.id], by: room.other, in: room)[0].outcome.get()
            #expect(copy.kind == "location" && copy.metadata?["longitude"]?.double == 4)
            #expect(
                try await problemCode {
                    _ = try await room.conversations.moveLocation(copy.id, to: (5, 6), by: room.other)
                } == .validationFailed)
            clock.advance(by: .minutes(15))
            #expect(
                try await problemCode {
                    _ = try await room.conversations.moveLocation(live.id, to: (5, 6), by: room.member)
                } == .conflict)
            _ = try await room.conversations.moveLocation(live.id, to: nil, by: room.member)
        }
    }

    @Test func `of many messages each is done or refused by itself`() async throws {
        try await Room.lend { room in
            let mine = try await room.say("mine", by: room.member)
            let theirs = try await room.say("theirs", by: room.admin)
            let unknown = ID<Message>.new()
            let outcomes = try await room.conversations.perform(
                .deleteForAll, on: [mine.id, theirs.id, unknown], by: room.member)
            #expect(outcomes.map(\.id) == [mine.id, theirs.id, unknown])
            #expect(outcomes.map(\.problem?.code) == [nil, .forbidden, .notFound])
            #expect(try await room.chat.read(room.id, by: room.other) == ["", "theirs"])
            for action in BulkAction.allCases where action != .deleteForAll {
                let message = try await room.say("\(action)", by: room.admin)
                let done = try await room.conversations.perform(action, on: [message.id], by: room.admin)
                #expect(done.map(\.problem?.code) == [nil], "\(action)")
            }
        }
    }
}
