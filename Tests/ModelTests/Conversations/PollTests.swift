import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// Questions with answers to choose from.
@Suite(.ownAccounts) struct PollTests {
    private func ask(
        _ room: Room, isMultiple: Bool = false, isAnonymous: Bool = false, closesAt: Timestamp? = nil
    ) async throws -> Message {
        try await room.chat.sending.send(
            NewMessage(
                in: room.id, by: room.admin.id,
                .poll(
                    MessageContent.Poll(
                        "Where?", options: ["Here", "There", "Nowhere"], isMultiple: isMultiple,
                        isAnonymous: isAnonymous, closesAt: closesAt))))
    }

    @Test func `a vote counts once, is changed, and taken back; each is one change`() async throws {
        try await Room.lend { room in
            let poll = try await ask(room)
            #expect(poll.tally == nil)
            let first = try await room.conversations.vote([1], on: poll.id, by: room.member)
            #expect(first.tally == PollTally(votes: [0, 1, 0], voters: 1, chosen: [1]) && first.rev == poll.rev + 1)
            let again = try await room.conversations.vote([1], on: poll.id, by: room.member)
            #expect(again.rev == first.rev, "the same vote is no change")
            _ = try await room.conversations.vote([0], on: poll.id, by: room.other)
            let changed = try await room.conversations.vote([0], on: poll.id, by: room.member)
            #expect(changed.tally == PollTally(votes: [2, 0, 0], voters: 2, chosen: [0]))
            let seen = try await room.conversations.changes(in: room.id, since: poll.rev, for: room.admin, limit: 10)
            #expect(seen.messages.first?.tally == PollTally(votes: [2, 0, 0], voters: 2, chosen: []))
            let back = try await room.conversations.vote([], on: poll.id, by: room.member)
            #expect(back.tally == PollTally(votes: [1, 0, 0], voters: 1, chosen: []))
        }
    }

    @Test func `only what the poll has, and one of it unless it says more`() async throws {
        let clock = ManualClock(.now)
        try await Room.lend(at: clock) { room in
            let single = try await ask(room)
            let multiple = try await ask(room, isMultiple: true, closesAt: clock.now + .hours(1))
            let text = try await room.say("text", by: room.admin)
            for (choices, message) in [([0, 1], single), ([3], single), ([-1], multiple), ([0], text)] {
                let code = try await problemCode {
                    _ = try await room.conversations.vote(choices, on: message.id, by: room.member)
                }
                #expect(code == .validationFailed, "\(choices)")
            }
            let both = try await room.conversations.vote([2, 0], on: multiple.id, by: room.member)
            #expect(both.tally == PollTally(votes: [1, 0, 1], voters: 1, chosen: [0, 2]))
            #expect(
                try await problemCode { _ = try await room.conversations.vote([0], on: single.id, by: room.stranger) }
                    == .notFound)
            clock.advance(by: .hours(1))
            #expect(
                try await problemCode { _ = try await room.conversations.vote([0], on: multiple.id, by: room.member) }
                    == .conflict)
            #expect(try await problemCode { _ = try await ask(room, closesAt: clock.now) } == .validationFailed)
        }
    }

    @Test func `who voted how is told, but not of an anonymous poll`() async throws {
        try await Room.lend { room in
            let poll = try await ask(room, isMultiple: true)
            let secret = try await ask(room, isAnonymous: true)
            for message in [poll, secret] {
                _ = try await room.conversations.vote([2], on: message.id, by: room.member)
            }
            let voters = try await room.conversations.voters(of: poll.id, for: room.other, after: nil, limit: 10)
            #expect(voters.map(\.user) == [room.member.id] && voters.map(\.choices) == [[2]])
            #expect(
                try await problemCode {
                    _ = try await room.conversations.voters(of: secret.id, for: room.admin, after: nil, limit: 10)
                } == .forbidden)
            #expect(
                try await problemCode {
                    _ = try await room.conversations.voters(of: poll.id, for: room.stranger, after: nil, limit: 10)
                } == .notFound)
        }
    }

    @Test func `all who vote at once are counted`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(24)
            let id = try await chat.group(people)
            let poll = try await chat.sending.send(
                NewMessage(in: id, by: people[0].id, .poll(MessageContent.Poll("?", options: ["a", "b"]))))
            try await withThrowingTaskGroup { group in
                for (number, user) in people.enumerated() {
                    for choice in [0, number % 2] {
                        group.addTask { _ = try await chat.conversations.vote([choice], on: poll.id, by: user) }
                    }
                }
                try await group.waitForAll()
            }
            let counted: [Int] = try await chat.database.all(
                "select count(*)::int from poll_votes group by choice order by choice")
            let tally = try await chat.database.value(of: chat.conversations.message(poll.id, for: people[0])).tally
            #expect(tally?.voters == 24 && tally?.votes.filter { $0 > 0 } == counted && counted.reduce(0, +) == 24)
        }
    }

    @Test func `in a channel a vote raises nothing, and what was voted is published once for all`() async throws {
        try await Room.lend(.channel) { room in
            let poll = try await ask(room)
            for user in [room.member, room.other] {
                let answer = try await room.conversations.vote([0], on: poll.id, by: user)
                #expect(answer.rev == poll.rev)
            }
            try await room.conversations.publishCounts(of: poll.id)
            let changes = try await room.conversations.changes(in: room.id, since: poll.rev, for: room.member, limit: 9)
            #expect(changes.throughRev == poll.rev + 1)
            #expect(changes.messages.first?.tally == PollTally(votes: [2, 0, 0], voters: 2, chosen: [0]))
        }
    }

    @Test func `a deleted poll leaves no votes`() async throws {
        try await Room.lend { room in
            let poll = try await ask(room)
            _ = try await room.conversations.vote([0], on: poll.id, by: room.member)
            try await room.conversations.deleteForAll(poll.id, by: room.admin)
            let left: Int = try await room.chat.database.one(
                "select (select count(*) from poll_votes) + (select count(*) from polls)")
            #expect(left == 0)
            #expect(try await room.show(poll, to: room.member).tally == nil)
        }
    }
}
