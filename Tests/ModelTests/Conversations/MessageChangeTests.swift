import Postgres
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Model

/// What may become of a message, who may do it, and who sees it then.
@Suite(.ownAccounts) struct MessageChangeTests {
    // MARK: Who may

    private enum Act: String, CaseIterable { case edit, deleteForAll, hide, react, pin }

    /// What each may do with a message of a member, in a group, and of an administrator, in a channel.
    private func table(_ room: Room, _ kind: Conversation.Kind) -> [(String, SignedInUser, Set<Act>)] {
        if kind == .channel {
            return [
                ("its sender", room.admin, Set(Act.allCases)),
                ("a member", room.member, [.hide, .react]),
                ("a moderator", room.moderator, [.deleteForAll, .hide, .react, .pin]),
                ("another administrator", room.other, [.deleteForAll, .hide, .react, .pin]),
                ("a stranger", room.stranger, []),
            ]
        }
        return [
            ("its sender", room.member, [.edit, .deleteForAll, .hide, .react]),
            ("another member", room.other, [.hide, .react]),
            ("a moderator", room.moderator, [.deleteForAll, .hide, .react, .pin]),
            ("an administrator", room.admin, [.deleteForAll, .hide, .react, .pin]),
            ("a stranger", room.stranger, []),
        ]
    }

    @Test(arguments: [Conversation.Kind.group, .channel])
    func `each role may what the table says, and a stranger learns nothing`(kind: Conversation.Kind) async throws {
        try await Room.lend(kind) { room in
            let sender = kind == .channel ? room.admin : room.member
            if kind == .channel {
                try await room.conversations.setRole(.admin, of: room.other.id, in: room.id, by: room.admin)
            }
            for (who, user, allowed) in table(room, kind) {
                for act in Act.allCases {
                    let message = try await room.say("\(who) \(act)", by: sender)
                    let code = try await problemCode { try await perform(act, on: message, by: user, in: room) }
                    if allowed.contains(act) {
                        #expect(code == nil, "\(who) may \(act)")
                    } else {
                        #expect(code == (who == "a stranger" ? .notFound : .forbidden), "\(who) may not \(act)")
                        #expect(try await room.show(message, to: room.member).rev == message.rev)
                    }
                }
            }
        }
    }

    private func perform(_ act: Act, on message: Message, by user: SignedInUser, in room: Room) async throws {
        switch act {
        case .edit: _ = try await room.conversations.edit(message.id, to: "other", by: user)
        case .deleteForAll: try await room.conversations.deleteForAll(message.id, by: user)
        case .hide: try await room.conversations.hide(message.id, by: user)
        case .react: _ = try await room.conversations.setReaction("👍", true, to: message.id, by: user)
        case .pin: _ = try await room.conversations.setPinned(true, message.id, by: user)
        }
    }

    @Test func `of two people each edits and deletes their own, and both pin`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let id = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            let message = try await chat.say("mine", in: id, by: people[0])
            #expect(try await chat.conversations.setPinned(true, message.id, by: people[1]).pinnedAt != nil)
            #expect(
                try await problemCode { try await chat.conversations.deleteForAll(message.id, by: people[1]) }
                    == .forbidden)
            try await chat.conversations.deleteForAll(message.id, by: people[0])
            #expect(try await chat.read(id, by: people[1]) == [""])
        }
    }

    @Test func `who has left changes nothing any more`() async throws {
        try await Room.lend { room in
            let message = try await room.say("mine", by: room.member)
            try await room.chat.database.run(
                """
                with left_ as (
                    update members set left_at = now() where conversation_id = \(room.id) and user_id = \(room.member.id)
                )
                update member_periods set to_seq = \(message.seq), to_rev = \(message.rev)
                where conversation_id = \(room.id) and user_id = \(room.member.id)
                """)
            for act in [Act.edit, .deleteForAll, .react] {
                #expect(
                    try await problemCode { try await perform(act, on: message, by: room.member, in: room) }
                        == .notFound)
            }
        }
    }

    // MARK: Editing

    @Test func `an edit shows, keeps what stood there, and the same text again changes nothing`() async throws {
        try await Room.lend { room in
            let message = try await room.say("one", by: room.member)
            let edited = try await room.conversations.edit(message.id, to: "two", by: room.member)
            #expect(edited.content == "two" && edited.editedAt != nil && edited.seq == message.seq)
            #expect(edited.rev == message.rev + 1)
            _ = try await room.conversations.edit(message.id, to: "three", by: room.member)
            let last = try await room.conversations.edit(message.id, to: "three", by: room.member)
            #expect(last.rev == edited.rev + 1)
            let kept: [String] = try await room.chat.database.all(
                "select content from message_versions where message_id = \(message.id) order by version")
            #expect(kept == ["one", "two"])
        }
    }

    @Test func `an edit says something`() async throws {
        try await Room.lend { room in
            let message = try await room.say("hello", by: room.member)
            let code = try await problemCode {
                _ = try await room.conversations.edit(message.id, to: "  \n ", by: room.member)
            }
            #expect(code == .validationFailed)
        }
    }

    @Test func `what is no text is not edited, and neither is what is too old`() async throws {
        try await Room.lend { room in
            let place = try await room.chat.writer.send(
                NewMessage(in: room.id, by: room.member.id, .location(latitude: 1, longitude: 2, name: nil)))
            #expect(
                try await problemCode { _ = try await room.conversations.edit(place.id, to: "x", by: room.member) }
                    == .validationFailed)
            let message = try await room.say("old", by: room.member)
            let late = Conversations(
                durable: room.chat.durable, limits: MessageLimits(editing: .zero, deleting: .zero))
            #expect(
                try await problemCode { _ = try await late.edit(message.id, to: "x", by: room.member) } == .forbidden)
            #expect(try await problemCode { try await late.deleteForAll(message.id, by: room.member) } == .forbidden)
            try await late.deleteForAll(message.id, by: room.moderator)
        }
    }

    // MARK: Deleting

    @Test func `what is deleted for all leaves an empty place, without its past`() async throws {
        try await Room.lend { room in
            let message = try await room.say("secret", by: room.member)
            _ = try await room.conversations.edit(message.id, to: "more secret", by: room.member)
            _ = try await room.conversations.setReaction("👍", true, to: message.id, by: room.other)
            _ = try await room.conversations.setPinned(true, message.id, by: room.admin)
            try await room.conversations.deleteForAll(message.id, by: room.member)
            let gone = try await room.show(message, to: room.other)
            #expect(gone.content.isEmpty && gone.deletedAt != nil && gone.reactions.isEmpty && gone.pinnedAt == nil)
            let traces: Int = try await room.chat.database.one(
                "select (select count(*) from message_versions) + (select count(*) from reactions)")
            #expect(traces == 0)
            #expect(
                try await problemCode { try await room.conversations.deleteForAll(message.id, by: room.member) }
                    == .notFound)
            #expect(
                try await problemCode { try await perform(.react, on: message, by: room.other, in: room) } == .notFound)
        }
    }

    @Test func `what one deletes for oneself is gone from all of one's own views, and there for others`() async throws {
        try await Room.lend { room in
            _ = try await room.say("first", by: room.member)
            let hidden = try await room.say("second", by: room.member)
            let rev = try await room.rev()
            try await room.conversations.hide(hidden.id, by: room.other)
            #expect(try await room.chat.read(room.id, by: room.other) == ["first"])
            #expect(try await room.chat.read(room.id, by: room.admin) == ["first", "second"])
            let mine = try await room.conversations.find(room.id, for: room.other)
            #expect(mine.lastMessage?.content == "first" && mine.unreadCount == 1)
            #expect(try await problemCode { _ = try await room.show(hidden, to: room.other) } == .notFound)
            #expect(try await room.rev() == rev, "it is nobody else's business")
            let told: Int = try await room.chat.database.one(
                "select count(*) from user_changes where user_id = \(room.other.id) and subject_id = \(room.id)")
            #expect(told == 1)
            #expect(try await problemCode { try await room.conversations.hide(hidden.id, by: room.other) } == .notFound)
        }
    }

    @Test func `two devices that hide the same message at once both have it hidden`() async throws {
        try await Room.lend { room in
            for _ in 0..<20 {
                let message = try await room.say("hide me", by: room.member)
                async let one = problemCode { try await room.conversations.hide(message.id, by: room.other) }
                async let two = problemCode { try await room.conversations.hide(message.id, by: room.other) }
                let codes = try await [one, two]
                // Whoever comes after the other's commit has nothing to hide any more.
                #expect(codes.contains(nil) && codes.allSatisfy { $0 == nil || $0 == .notFound })
            }
        }
    }

    // MARK: Pins

    @Test func `pins are listed, the last one first, and a pin is no second time`() async throws {
        try await Room.lend { room in
            let first = try await room.say("first", by: room.member)
            let second = try await room.say("second", by: room.member)
            for message in [first, second, first] {
                _ = try await room.conversations.setPinned(true, message.id, by: room.admin)
            }
            let rev = try await room.rev()
            #expect(rev == second.rev + 2)
            func pins(_ user: SignedInUser) async throws -> [String] {
                try await room.chat.database.value(of: room.conversations.pinned(in: room.id, for: user)).map(\.content)
            }
            #expect(try await pins(room.other) == ["second", "first"])
            #expect(try await pins(room.stranger) == [])
            _ = try await room.conversations.setPinned(false, second.id, by: room.moderator)
            #expect(try await pins(room.other) == ["first"])
        }
    }
}
