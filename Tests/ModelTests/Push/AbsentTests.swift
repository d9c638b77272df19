import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// Who is told of a message on their devices, and who is not.
@Suite(.ownAccounts) struct AbsentTests {
    private func group(_ world: PushWorld, _ count: Int = 3) async throws -> (id: ID<Conversation>, [SignedInUser]) {
        let people = try await world.chat.people(count)
        for (number, person) in people.enumerated() {
            try await world.device(.fcm, "fcm-\(number)", of: person)
            try await world.chat.database.run("update users set display_name = 'P\(person.id)' where id = \(person.id)")
            let name = "P\(number)"
            try await world.chat.database.run("update users set display_name = \(name) where id = \(person.id)")
        }
        return (try await world.chat.group(people), people)
    }

    @Test func `many messages are one push to who is absent, and none to who is there or has said it`() async throws {
        try await PushWorld.lend { world in
            let (id, people) = try await group(world)
            try await world.presence.enter([people[1].id], "api-1")
            _ = try await world.presence.beat("api-1")
            for text in ["one", "two", "three"] { try await world.chat.say(text, in: id, by: people[0]) }
            try await world.run()
            let seen = try await world.peer.seen()
            #expect(seen.map(\.token) == ["fcm-2"])
            let message = try #require(seen.first?.message)
            #expect(message["notification"]?["title"] == "Group" && message["notification"]?["body"] == "P0: three")
            #expect(message["android"]?["collapse_key"]?.string == id.description)
            #expect(message["data"]?["seq"] == "3" && message["apns"]?["payload"]?["aps"]?["badge"] == 1)
            #expect(message["android"]?["priority"] == "NORMAL")
            // Another message is another push, under the same name.
            try await world.chat.say("four", in: id, by: people[0])
            try await world.run()
            #expect(try await world.peer.seen().count == 2)
            // A plan that comes again finds nothing that was not told.
            try await world.chat.durable.enqueue(
                PlanPushes([PlanPushes.Part(conversation: id, users: people.map(\.id))]))
            #expect(try await world.run() == ["push.plan"])
            #expect(try await world.peer.seen().count == 2)
        }
    }

    @Test func `what was read before its push, or taken back, is not told`() async throws {
        try await PushWorld.lend { world in
            let (id, people) = try await group(world)
            try await world.chat.say("one", in: id, by: people[0])
            try await world.chat.database.run(
                "update members set read_seq = 99 where conversation_id = \(id) and user_id = \(people[1].id)")
            try await world.chat.database.run("update messages set deleted_at = now() where conversation_id = \(id)")
            try await world.run()
            #expect(try await world.peer.seen().isEmpty)
        }
    }

    @Test func `who blocks the sender, hides the message, or left hears nothing`() async throws {
        try await PushWorld.lend { world in
            let (id, people) = try await group(world, 4)
            try await world.chat.conversations.leave(id, by: people[3])
            try await world.run()
            try await world.chat.database.run(
                "insert into blocks (blocker_id, blocked_id) values (\(people[1].id), \(people[0].id))")
            try await world.chat.say("one", in: id, by: people[0])
            try await world.run()
            #expect(try await world.peer.seen().map(\.token) == ["fcm-2"])
        }
    }

    @Test func `a mute, an archive, a level and a switch keep pushes away, and a mention breaks through the mute`()
        async throws
    {
        try await PushWorld.lend { world in
            let (id, people) = try await group(world, 6)
            let conversations = world.chat.conversations
            try await conversations.keep(id, .muted(until: nil), by: people[1])
            try await conversations.keep(id, .notified(of: .mentions), by: people[2])
            try await conversations.keep(id, .notified(of: .nothing), by: people[3])
            var off = NotificationPreferences()
            off.push = false
            try await conversations.setNotificationPreferences(off, by: people[4])
            try await world.chat.database.run(
                "update members set archived_at = now() where conversation_id = \(id) and user_id = \(people[5].id)")
            try await world.chat.say("to nobody", in: id, by: people[0])
            try await world.run()
            #expect(try await world.peer.seen().isEmpty)
            let names: [String] = try await world.chat.database.all(
                "select username from users where id = any (\(people[1...4].map(\.id)))")
            try await world.chat.say(names.map { "@\($0)" }.joined(separator: " "), in: id, by: people[0])
            try await world.run()
            let seen = try await world.peer.seen()
            #expect(Set(seen.map(\.token)) == ["fcm-1", "fcm-2"])
            #expect(seen.first?.message["android"]?["priority"] == "HIGH")
            #expect(seen.first?.message["notification"]?["body"]?.string?.hasPrefix("P0 mentioned you: @") == true)
        }
    }

    @Test func `in somebody's quiet hours, where they are, mentions alone come through`() async throws {
        // 23:30 in Kolkata, 18:00 in UTC.
        let evening = ManualClock(try #require(Timestamp(rfc3339: "2026-11-20T18:00:00Z")))
        try await PushWorld.lend(at: evening) { world in
            let (id, people) = try await group(world)
            var quiet = NotificationPreferences()
            (quiet.quietFrom, quiet.quietUntil) = (22 * 60, 7 * 60)
            for person in people[1...] {
                try await world.chat.conversations.setNotificationPreferences(quiet, by: person)
            }
            try await world.chat.database.run(
                "update user_settings set time_zone = 'Asia/Kolkata' where user_id = \(people[1].id)")
            try await world.chat.say("one", in: id, by: people[0])
            try await world.run()
            #expect(try await world.peer.seen().map(\.token) == ["fcm-2"], "it is not night everywhere")
            let name: String = try await world.chat.database.one(
                "select username from users where id = \(people[1].id)")
            try await world.chat.say("@\(name)", in: id, by: people[0])
            try await world.run()
            #expect(try await world.peer.seen().map(\.token).contains("fcm-1"))
        }
    }

    @Test(arguments: [
        (22 * 60, 7 * 60, "2026-11-20T21:59:00Z", false), (22 * 60, 7 * 60, "2026-11-20T22:00:00Z", true),
        (22 * 60, 7 * 60, "2026-11-20T06:59:00Z", true), (22 * 60, 7 * 60, "2026-11-20T07:00:00Z", false),
        (60, 120, "2026-11-20T01:30:00Z", true), (60, 120, "2026-11-20T02:00:00Z", false),
        (60, 60, "2026-11-20T01:00:00Z", false),
    ])
    func `quiet hours may go past midnight`(from: Int, until: Int, at time: String, isQuiet: Bool) throws {
        let hours = try #require(QuietHours(from: from, until: until, zone: "UTC"))
        #expect(hours.covers(try #require(Timestamp(rfc3339: time))) == isQuiet)
    }

    @Test func `each is told in their own language, and without the text where they want that`() async throws {
        try await PushWorld.lend { world in
            let (id, people) = try await group(world)
            try await world.chat.database.run(
                "update user_settings set message_preview = false where user_id = any (\(people.map(\.id)))")
            try await world.chat.database.run(
                "update user_settings set language = 'hi-IN' where user_id = \(people[1].id)")
            for text in ["one", "two"] { try await world.chat.say(text, in: id, by: people[0]) }
            try await world.run()
            let bodies = try await world.peer.seen().map { $0.message["notification"]?["body"]?.string ?? "" }
            #expect(Set(bodies) == ["2 नए संदेश", "2 new messages"])
        }
    }

    @Test func `subscribers of a channel are told, those with devices alone`() async throws {
        try await PushWorld.lend { world in
            let people = try await world.chat.people(4)
            for number in 1...2 { try await world.device(.fcm, "fcm-\(number)", of: people[number]) }
            let id = try await world.chat.conversations.create(
                NewConversation(.channel, title: "News", members: people.map(\.id)), by: people[0]
            ).conversation.id
            try await world.chat.say("one", in: id, by: people[0])
            try await world.run()
            #expect(Set(try await world.peer.seen().map(\.token)) == ["fcm-1", "fcm-2"])
        }
    }
}
