import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Who belongs to a conversation, who decides that, and what each sees of it.
@Suite(.ownAccounts) struct MembershipTests {
    private enum Act: String, CaseIterable {
        case add, removeMember, removeModerator, removeAdmin, setRole, change, end
    }

    private func perform(_ act: Act, by user: SignedInUser, in room: Room, _ guest: SignedInUser) async throws {
        let conversations = room.conversations
        switch act {
        case .add: try await conversations.add([guest.id], to: room.id, by: user)
        case .removeMember: try await conversations.remove(room.other.id, from: room.id, by: user)
        case .removeModerator: try await conversations.remove(another(.moderator, room), from: room.id, by: user)
        case .removeAdmin: try await conversations.remove(another(.admin, room), from: room.id, by: user)
        case .setRole: try await conversations.setRole(.moderator, of: room.other.id, in: room.id, by: user)
        case .end: try await conversations.end(room.id, by: user)
        case .change:
            _ = try await conversations.change(room.id, ConversationEdit(title: "New", about: nil), by: user)
        }
    }

    /// Somebody of that role who is not the one who acts.
    private func another(_ role: Member.Role, _ room: Room) async throws -> ID<User> {
        try await room.chat.database.run(
            """
            update members set role = \(role.rawValue)
            where conversation_id = \(room.id) and user_id = \(room.other.id)
            """)
        return room.other.id
    }

    @Test(arguments: [Conversation.Kind.group, .channel])
    func `each role may what the table says`(kind: Conversation.Kind) async throws {
        let moderator: Set<Act> = kind == .group ? [.add, .removeMember, .change] : [.removeMember, .change]
        let allowed: [(String, Set<Act>)] = [
            ("admin", Set(Act.allCases)), ("moderator", moderator), ("member", []), ("stranger", []),
        ]
        for (who, mayDo) in allowed {
            for act in Act.allCases {
                try await Room.lend(kind) { room in
                    let people = [
                        "admin": room.admin, "moderator": room.moderator, "member": room.member,
                        "stranger": room.stranger,
                    ]
                    let user = try #require(people[who])
                    let guest = try await room.chat.people(1)[0]
                    let code = try await problemCode { try await perform(act, by: user, in: room, guest) }
                    let refusal: Problem.Code = who == "stranger" ? .notFound : .forbidden
                    #expect(code == (mayDo.contains(act) ? nil : refusal), "\(who) \(act) \(kind)")
                }
            }
        }
    }

    @Test func `two people stay two, and neither leaves`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let id = try await chat.conversations.create(
                NewConversation(.direct, title: nil, members: [people[1].id]), by: people[0]
            ).conversation.id
            #expect(
                try await problemCode { try await chat.conversations.add([people[2].id], to: id, by: people[0]) }
                    == .forbidden)
            for act in [chat.conversations.leave, chat.conversations.end] {
                #expect(try await problemCode { try await act(id, people[0]) } == .forbidden)
            }
        }
    }

    // MARK: What is seen

    @Test func `who joins sees what is said from then on, and has nothing unread`() async throws {
        try await Room.lend { room in
            try await room.chat.say("before", in: room.id, by: room.admin)
            try await room.conversations.add([room.stranger.id, room.member.id], to: room.id, by: room.admin)
            let joined = try await room.conversations.find(room.id, for: room.stranger)
            #expect(joined.unreadCount == 0 && joined.memberCount == 5)
            try await room.chat.say("after", in: room.id, by: room.admin)
            #expect(try await room.chat.read(room.id, by: room.stranger) == ["", "after"])
            #expect(try await room.conversations.find(room.id, for: room.stranger).unreadCount == 1)
            let said = try await room.chat.database.one(
                "select body ->> 'event' from messages where type = 'system'", as: String.self)
            #expect(said == "members.added")
        }
    }

    @Test func `who is removed sees nothing any more, and after a return only what is new`() async throws {
        try await Room.lend { room in
            try await room.chat.say("one", in: room.id, by: room.admin)
            try await room.conversations.remove(room.member.id, from: room.id, by: room.admin)
            try await room.chat.say("two", in: room.id, by: room.admin)
            #expect(
                try await problemCode { _ = try await room.conversations.find(room.id, for: room.member) } == .notFound)
            #expect(try await room.conversations.list(of: room.member, before: nil, limit: 10).isEmpty)
            #expect(try await room.chat.read(room.id, by: room.member) == ["one"], "what they had, they keep")
            #expect(
                try await problemCode { try await room.chat.say("x", in: room.id, by: room.member) } == .notFound)
            try await room.conversations.add([room.member.id], to: room.id, by: room.admin)
            try await room.chat.say("three", in: room.id, by: room.admin)
            #expect(try await room.chat.read(room.id, by: room.member) == ["one", "", "three"])
            let changes = try await room.conversations.changes(in: room.id, since: 1, for: room.member, limit: 100)
            #expect(changes.reset)
        }
    }

    @Test func `a change of members is one change, told to all of them, and to the ones it is about`() async throws {
        try await Room.lend { room in
            let before = try await room.rev()
            try await room.conversations.remove(room.other.id, from: room.id, by: room.moderator)
            let changes = try await room.conversations.changes(in: room.id, since: before, for: room.member, limit: 10)
            #expect(changes.throughRev == before + 1)
            #expect(changes.members.map(\.user) == [room.other.id] && changes.members[0].leftAt != nil)
            #expect(changes.messages.map(\.kind) == ["system"])
            let told: Int = try await room.chat.database.one(
                "select count(*) from user_changes where user_id = \(room.other.id) and subject_id = \(room.id)")
            #expect(told == 1)
            try await room.conversations.add([room.member.id], to: room.id, by: room.admin)
            #expect(try await room.rev() == before + 1, "who is there already is no change")
        }
    }

    @Test func `in a channel people come and go unsaid`() async throws {
        try await Room.lend(.channel) { room in
            let before = try await room.rev()
            try await room.conversations.add([room.stranger.id], to: room.id, by: room.admin)
            try await room.conversations.leave(room.id, by: room.member)
            #expect(try await room.rev() == before)
            #expect(try await room.conversations.find(room.id, for: room.admin).memberCount == 4)
        }
    }

    @Test func `who joins a channel is up to date, and comes and goes as often as they like`() async throws {
        try await Room.lend(.channel) { room in
            _ = try await room.say("one", by: room.admin)
            let rev = try await room.rev()
            for _ in 0..<3 {
                try await room.conversations.add([room.stranger.id], to: room.id, by: room.admin)
                let changes = try await room.conversations.changes(
                    in: room.id, since: rev, for: room.stranger, limit: 10)
                #expect(!changes.reset && changes.throughRev == rev)
                try await room.conversations.leave(room.id, by: room.stranger)
            }
            try await room.conversations.add([room.stranger.id], to: room.id, by: room.admin)
            _ = try await room.say("two", by: room.admin)
            #expect(try await room.chat.read(room.id, by: room.stranger) == ["two"])
            _ = try await room.conversations.change(
                room.id, ConversationEdit(title: "New", about: nil), by: room.admin)
            #expect(try await room.rev() == rev + 2, "a title is seen by all")
        }
    }

    // MARK: The last administrator

    @Test func `the last administrator is followed by a moderator, then by a member, and then by nobody`() async throws
    {
        try await Room.lend { room in
            #expect(
                try await problemCode {
                    try await room.conversations.setRole(.member, of: room.admin.id, in: room.id, by: room.admin)
                }
                    == .conflict)
            try await room.conversations.leave(room.id, by: room.admin)
            #expect(try await room.conversations.find(room.id, for: room.moderator).role == .admin)
            let said: [String] = try await room.chat.database.all(
                "select body ->> 'event' from messages where conversation_id = \(room.id) order by seq")
            #expect(said == ["member.left", "member.role"])
            try await room.conversations.leave(room.id, by: room.moderator)
            let roles = [
                try await room.conversations.find(room.id, for: room.member).role,
                try await room.conversations.find(room.id, for: room.other).role,
            ]
            #expect(roles.count { $0 == .admin } == 1)
            try await room.conversations.leave(room.id, by: room.member)
            #expect(try await room.conversations.find(room.id, for: room.other).role == .admin)
            try await room.conversations.leave(room.id, by: room.other)
            let isOver: Bool = try await room.chat.database.one(
                "select deleted_at is not null from conversations where id = \(room.id)")
            #expect(isOver)
        }
    }

    @Test func `two administrators who leave at once leave one behind`() async throws {
        for _ in 0..<10 {
            try await Room.lend { room in
                try await room.conversations.setRole(.admin, of: room.moderator.id, in: room.id, by: room.admin)
                async let one: Void = room.conversations.leave(room.id, by: room.admin)
                async let two: Void = room.conversations.leave(room.id, by: room.moderator)
                _ = try await (one, two)
                let admins: Int = try await room.chat.database.one(
                    "select count(*)::int from members where conversation_id = \(room.id) and left_at is null and role = 'admin'"
                )
                let count: Int = try await room.chat.database.one(
                    "select member_count from conversations where id = \(room.id)")
                #expect(admins == 1 && count == 2)
            }
        }
    }

    @Test func `a group takes no more than 256 people, also when many add at once`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(300)
            let id = try await chat.group(Array(people[..<240]))
            let added = try await withThrowingTaskGroup { group in
                for guest in people[240...] {
                    group.addTask {
                        try await problemCode { try await chat.conversations.add([guest.id], to: id, by: people[0]) }
                            == nil
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(added == 16)
            #expect(
                try await chat.database.one("select count(*)::int from members where left_at is null", as: Int.self)
                    == 256)
        }
    }

    // MARK: One's own

    @Test func `muting, pinning and archiving are one's own, and told to one's own devices`() async throws {
        try await Room.lend { room in
            let before = try await room.rev()
            for keeping in [Keeping.muted(until: nil), .pinned(true), .archived(true)] {
                try await room.conversations.keep(room.id, keeping, by: room.member)
            }
            let mine = try await room.conversations.find(room.id, for: room.member)
            #expect(mine.mutedUntil != nil && mine.pinnedAt != nil && mine.archivedAt != nil)
            let theirs = try await room.conversations.find(room.id, for: room.other)
            #expect(theirs.mutedUntil == nil && theirs.pinnedAt == nil && theirs.archivedAt == nil)
            for keeping in [Keeping.unmuted, .pinned(false), .archived(false)] {
                try await room.conversations.keep(room.id, keeping, by: room.member)
            }
            let again = try await room.conversations.find(room.id, for: room.member)
            #expect(again.mutedUntil == nil && again.pinnedAt == nil && again.archivedAt == nil)
            #expect(try await room.rev() == before)
            let urev: Int64 = try await room.chat.database.one("select urev from users where id = \(room.member.id)")
            #expect(urev == 6)
            #expect(
                try await problemCode { try await room.conversations.keep(room.id, .pinned(true), by: room.stranger) }
                    == .notFound)
        }
    }
}
