import Postgres
import Runtime
import TestSupport
import Testing

@testable import Model

/// Messages found again: by words, tags, in threads, saved, begun.
@Suite(.ownAccounts) struct FindingTests {
    private func find(
        _ search: MessageSearch, by user: SignedInUser, in room: Room, page: Int = 50
    ) async throws -> [String] {
        var found: [String] = []
        var place: ID<Message>?
        while true {
            let page = try await room.conversations.search(search, for: user, before: place, limit: page)
            found += page.map(\.content)
            guard let last = page.last else { return found }
            place = last.id
        }
    }

    @Test func `words are found with and without each other, the latest first, page by page`() async throws {
        try await Room.lend { room in
            for text in ["red apple", "green apple", "red car", "Äpfel und Birnen"] {
                _ = try await room.say(text, by: room.member)
            }
            let searches: [(String, [String])] = [
                ("apple", ["green apple", "red apple"]), ("RED apple", ["red apple"]), ("apple -red", ["green apple"]),
                ("green or car", ["red car", "green apple"]), ("\"red car\"", ["red car"]),
                ("äpfel", ["Äpfel und Birnen"]),
                ("zebra", []), ("' ) & | !", []),
            ]
            for (words, expected) in searches {
                for page in [1, 50] {
                    #expect(
                        try await find(MessageSearch(words: words), by: room.other, in: room, page: page) == expected)
                }
            }
            #expect(
                try await find(MessageSearch(words: "apple", sender: room.admin.id), by: room.other, in: room) == [])
            let narrow = MessageSearch(words: "apple", conversation: room.id, sender: room.member.id, kind: "text")
            #expect(try await find(narrow, by: room.other, in: room).count == 2)
            #expect(
                try await problemCode { _ = try await find(MessageSearch(), by: room.other, in: room) }
                    == .validationFailed)
        }
    }

    @Test func `pages of any size go through all stays and conversations, and name nothing twice`() async throws {
        try await Room.lend { room in
            let group = try await room.chat.group([room.admin, room.member])
            var said: [String] = []
            for turn in 0..<3 {
                for number in 0..<3 {
                    for place in [room.id, group] {
                        let text = "word #tag \(turn) \(number) \(place)"
                        try await room.chat.say(text, in: place, by: room.admin)
                        said.append(text)
                    }
                }
                try await room.conversations.leave(room.id, by: room.member)
                try await room.chat.say("word #tag unseen", in: room.id, by: room.admin)
                try await room.conversations.add([room.member.id], to: room.id, by: room.admin)
            }
            for search in [MessageSearch(words: "word"), MessageSearch(tag: "tag")] {
                for page in [1, 4, 50] {
                    let found = try await find(search, by: room.member, in: room, page: page)
                    #expect(found == Array(said.reversed()))
                }
            }
        }
    }

    @Test func `nobody finds what they may not see`() async throws {
        try await Room.lend { room in
            let hidden = try await room.say("word hidden", by: room.admin)
            let deleted = try await room.say("word deleted", by: room.admin)
            _ = try await room.say("word blocked", by: room.moderator)
            _ = try await room.say("word seen", by: room.admin)
            try await room.conversations.hide(hidden.id, by: room.member)
            try await room.conversations.deleteForAll(deleted.id, by: room.admin)
            try await room.chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(room.member.id), \(room.moderator.id))")
            try await room.conversations.remove(room.other.id, from: room.id, by: room.admin)
            _ = try await room.say("word later", by: room.admin)
            let search = MessageSearch(words: "word")
            #expect(try await find(search, by: room.stranger, in: room) == [])
            #expect(try await find(search, by: room.member, in: room) == ["word later", "word seen"])
            #expect(
                try await find(search, by: room.other, in: room) == ["word seen", "word blocked", "word hidden"],
                "who has left finds what they had")
        }
    }

    @Test func `tags and mentions are noted as a message is sent, and anew as it is edited`() async throws {
        try await Room.lend { room in
            let name: String = try await room.chat.database.one(
                "select username from users where id = \(room.other.id)")
            let outsider: String = try await room.chat.database.one(
                "select username from users where id = \(room.stranger.id)")
            let message = try await room.say(
                "#Swift, (#größe) and #2026 a#b http://x.org/#no @\(name.uppercased()) @\(outsider)!", by: room.member)
            let tags: [String] = try await room.chat.database.all("select tag from hashtags order by tag")
            #expect(Set(tags) == ["swift", "größe"])
            let mentioned: [ID<User>] = try await room.chat.database.all("select user_id from mentions")
            #expect(mentioned == [room.other.id])
            let search = MessageSearch(tag: "swift")
            #expect(try await find(search, by: room.admin, in: room).count == 1)
            #expect(try await find(search, by: room.stranger, in: room).isEmpty)
            _ = try await room.conversations.edit(message.id, to: "#kotlin", by: room.member)
            #expect(try await find(search, by: room.admin, in: room).isEmpty)
            #expect(try await find(MessageSearch(tag: "kotlin"), by: room.admin, in: room) == ["#kotlin"])
            let left: Int = try await room.chat.database.one("select count(*) from mentions")
            #expect(left == 0)
        }
    }

    @Test func `a thread is its first message and what was said in it`() async throws {
        try await Room.lend { room in
            let root = try await room.say("root", by: room.admin)
            for number in 0..<3 {
                _ = try await room.say("aside \(number)", by: room.admin)
                _ = try await room.chat.sending.send(
                    NewMessage(in: room.id, by: room.member.id, .text("in \(number)"), threadRoot: root.id))
            }
            let first = try await room.conversations.thread(of: root.id, for: room.other, after: 0, limit: 2)
            #expect(first.map(\.content) == ["root", "in 0"])
            let rest = try await room.conversations.thread(
                of: root.id, for: room.other, after: first[1].seq, limit: 50)
            #expect(rest.map(\.content) == ["in 1", "in 2"])
            #expect(
                try await problemCode {
                    _ = try await room.conversations.thread(of: root.id, for: room.stranger, after: 0, limit: 9)
                } == .notFound)
        }
    }

    @Test func `what one saves is one's own, the last one first, as long as one sees it`() async throws {
        try await Room.lend { room in
            let messages = [
                try await room.say("one", by: room.admin), try await room.say("two", by: room.admin),
                try await room.say("three", by: room.admin),
            ]
            for message in messages + messages {
                try await room.conversations.setSaved(true, message.id, by: room.member)
            }
            func saved(_ user: SignedInUser) async throws -> [String] {
                let first = try await room.conversations.saved(by: user, before: nil, limit: 2)
                let rest = try await room.conversations.saved(
                    by: user, before: first.last.map { ($0.savedAt, $0.message.id) }, limit: 2)
                return (first + rest).map(\.message.content)
            }
            #expect(try await saved(room.member) == ["three", "two", "one"])
            let urev: Int64 = try await room.chat.database.one("select urev from users where id = \(room.member.id)")
            #expect(urev == 3, "saving again is no change")
            try await room.conversations.setSaved(false, messages[2].id, by: room.member)
            try await room.conversations.deleteForAll(messages[1].id, by: room.admin)
            #expect(try await saved(room.member) == ["one"])
            #expect(
                try await problemCode {
                    try await room.conversations.setSaved(true, messages[0].id, by: room.stranger)
                } == .notFound)
        }
    }

    @Test func `a draft is kept for one's other devices, in conversations that one belongs to`() async throws {
        try await Room.lend { room in
            try await room.conversations.setDraft("hal", in: room.id, by: room.member)
            try await room.conversations.setDraft("hallo", in: room.id, by: room.member)
            let drafts = try await room.conversations.drafts(of: room.member, before: nil, limit: 10)
            #expect(drafts.map(\.content) == ["hallo"])
            #expect(try await room.conversations.drafts(of: room.other, before: nil, limit: 10).isEmpty)
            try await room.conversations.setDraft(nil, in: room.id, by: room.member)
            #expect(try await room.conversations.drafts(of: room.member, before: nil, limit: 10).isEmpty)
            #expect(
                try await problemCode { try await room.conversations.setDraft("x", in: room.id, by: room.stranger) }
                    == .notFound)
        }
    }
}
