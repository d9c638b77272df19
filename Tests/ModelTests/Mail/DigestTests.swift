import Postgres
import Queue
import QueueTesting
import Redis
import Runtime
import TestSupport
import Testing

@testable import EmailHandlers
@testable import Model

/// Mails of missed messages.
@Suite(.ownAccounts) struct DigestTests {
    /// A group in which somebody has said something five hours ago, and nobody was there since.
    private struct Away: Sendable {
        let chat: Chat
        let world: World
        let people: [SignedInUser]
        let group: ID<Conversation>
        let presence: PresenceBook
        let mails = SentMail()
        private let rehearsal: Rehearsal

        static func lend(_ body: (Away) async throws -> Void) async throws {
            try await World.lend { world in
                try await Chat.lend { chat in
                    let people = try await chat.people(3)
                    let group = try await chat.group(people)
                    try await chat.say("missed", in: group, by: people[0])
                    try await chat.database.run(
                        script: """
                            update users set created_at = now() - interval '9 days', last_seen_at = now() - interval '6 hours';
                            update messages set created_at = now() - interval '5 hours';
                            """)
                    try await body(try Away(chat, world, people, group))
                }
            }
        }

        private init(_ chat: Chat, _ world: World, _ people: [SignedInUser], _ group: ID<Conversation>) throws {
            (self.chat, self.world, self.people, self.group) = (chat, world, people, group)
            presence = PresenceBook(redis: world.redis, prefix: try TestStores.current.redisPrefix)
            var reader = ConfigReader(world.variables)
            let digests = Digests(
                database: chat.database, presence: presence, secrets: world.secrets, places: Places(from: &reader),
                config: DigestsConfig(from: &reader))
            rehearsal = Rehearsal(
                chat.durable.client, handlers: Handlers(digestHandlers(digests, mails)), durable: chat.durable)
        }

        func plan() async throws {
            try await chat.durable.enqueue(PlanDigests())
            while true {
                await chat.durable.untilPushed()
                if try await rehearsal.drain().isEmpty { return }
            }
        }

        func address(of user: SignedInUser) async throws -> String {
            try await chat.database.one("select email from users where id = \(user.id)")
        }
    }

    @Test func `who was away is written once, and who has said it is not`() async throws {
        try await Away.lend { away in
            for _ in 0..<3 { try await away.plan() }
            let expected = [try await away.address(of: away.people[1]), try await away.address(of: away.people[2])]
            #expect(Set(away.mails.all.map(\.to.rawValue)) == Set(expected) && away.mails.all.count == 2)
            let letter = try #require(away.mails.all.first)
            #expect(letter.subject == "1 unread message – Switchyard" && letter.text.contains("• Group: 1"))
            // A day later, what they know of is not told again; what is new is.
            try await away.chat.database.run("update digests set sent_at = now() - interval '25 hours'")
            try await away.chat.database.run("update messages set created_at = now() - interval '26 hours'")
            try await away.plan()
            #expect(away.mails.all.count == 2)
            try await away.chat.say("more", in: away.group, by: away.people[0])
            try await away.chat.database.run(
                "update messages set created_at = now() - interval '5 hours' where seq > 1")
            try await away.plan()
            #expect(away.mails.all.count == 4)
        }
    }

    @Test func `who is there, came meanwhile, wants none, or has no verified address is not written`() async throws {
        try await Away.lend { away in
            let sql = away.chat.database
            try await away.presence.enter([away.people[1].id], "api-1")
            _ = try await away.presence.beat("api-1")
            try await sql.run("update users set last_seen_at = now() where id = \(away.people[2].id)")
            try await away.plan()
            #expect(away.mails.all.isEmpty)
            try await away.presence.leave([away.people[1].id], "api-1")
            try await sql.run("update users set last_seen_at = now() - interval '6 hours'")
            try await sql.run("update users set email_verified_at = null where id = \(away.people[1].id)")
            let token = away.world.secrets.unsubscribeTokens.token(for: away.people[2].id)
            try await away.world.accounts.unsubscribe(token)
            try await away.world.accounts.unsubscribe(token)
            #expect(try await problemCode { try await away.world.accounts.unsubscribe(token + "x") } == .notFound)
            try await away.plan()
            #expect(away.mails.all.isEmpty)
        }
    }

    @Test func `a mute or a level keeps a conversation out, and people are gone through in pages`() async throws {
        try await Away.lend { away in
            try await away.chat.conversations.keep(away.group, .muted(until: nil), by: away.people[1])
            try await away.chat.conversations.keep(away.group, .notified(of: .nothing), by: away.people[2])
            _ = try await away.chat.people(600)
            try await away.plan()
            #expect(away.mails.all.isEmpty)
        }
    }
}
