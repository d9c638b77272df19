import Postgres
@testable import Queue
import QueueTesting
import Redis
import Runtime
import TestSupport
import Testing

@testable import MaintenanceHandlers
@testable import Model

/// What is looked after at set times. Each may be done twice.
@Suite(.ownAccounts) struct UpkeepTests {
    @Test func `every entry has a name, a time and a policy of its own, and a handler for its job`() async throws {
        try await Chat.lend { chat in
            let crons = try ModelCrons.all()
            #expect(Set(crons.map(\.entry.name)).count == crons.count)
            let maintenance = Set(upkeepHandlers(chat.database).map(\.kind) + [PruneAccounts.kind])
            for cron in crons where cron.queue == .maintenance {
                #expect(maintenance.contains(cron.kind), "\(cron.kind)")
            }
        }
    }

    @Test func `what is old goes, and nothing else, however often it is looked for`() async throws {
        try await PushWorld.lend { world in
            let people = try await world.chat.people(2)
            try await world.device(of: people[0])
            try await world.device(of: people[1])
            try await world.chat.database.run(
                script: """
                    update devices set registered_at = now() - interval '271 days' where user_id = '\(people[0].id)';
                    insert into idempotency_keys (user_id, route, key, request_digest, status, body, created_at)
                    select '\(people[0].id)', 'r', k, decode(repeat('00', 32), 'hex'), 201, '', now() - a::interval
                    from (values ('old', '25 hours'), ('new', '23 hours')) v (k, a);
                    insert into mail_suppressions (email, reply, failures, updated_at)
                    values ('a@example.org', 'no', 1, now() - interval '181 days'), ('b@example.org', 'no', 1, now());
                    """)
            let removed = try await PruneTables().prune(at: .now, on: world.chat.database)
            #expect(removed.map(\.rows) == [1, 0, 1, 1, 0, 0])
            #expect(try await PruneTables().prune(at: .now, on: world.chat.database).allSatisfy { $0.rows == 0 })
        }
    }

    @Test func `an overdue deletion is owed once`() async throws {
        try await World.lend(["ACCOUNT_DELETION_GRACE": "0"]) { world in
            let person = try await world.member()
            _ = try await world.accounts.requestDeletion(of: person.user, password: Make.password, from: Make.origin())
            // Its job is lost.
            try await world.database.run("delete from outbox")
            try await world.database.run("update account_deletions set due_at = now() - interval '2 hours'")
            for count in [1, 1] {
                #expect(try await owed(by: world) == count)
            }
            try await world.runJobs()
            #expect(
                try await world.database.one("select count(*) from account_deletions where report is not null") == 1)
            #expect(try await owed(by: world) == 0)
        }
    }

    private func owed(by world: World) async throws -> Int {
        try await world.durable.transaction { try await FinishDeletions().owe(at: .now, on: $0) }
    }

    @Test func `a day is counted, and counted again it is the same`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(3)
            let group = try await chat.group(people)
            for text in ["a", "b"] { try await chat.say(text, in: group, by: people[0]) }
            let job = ReportStatistics(end: .now + .hours(1))
            for _ in 0..<2 {
                let counts = try await job.make(on: chat.database)
                #expect(counts["people"] == 3 && counts["messages"] == 2 && counts["senders"] == 1)
                #expect(counts["conversations"] == 1)
            }
            #expect(try await chat.database.one("select count(*) from daily_reports") == 1)
        }
    }

    @Test func `the books of all queues are kept`() async throws {
        try await Chat.lend { chat in
            for _ in 0..<2 {
                #expect(try await ReportLedger(at: .now).make(chat.durable.client, on: chat.database).isEmpty)
            }
            let waiting: Int = try await chat.database.one(
                "select (report -> 'push' ->> 'waiting')::int from daily_reports where kind = 'ledger'")
            #expect(waiting == 0)
        }
    }

    @Test func `the hot tables are looked at`() async throws {
        try await Chat.lend { chat in
            let people = try await chat.people(2)
            let group = try await chat.group(people)
            try await chat.say("a", in: group, by: people[0])
            #expect(try await AnalyzeTables().analyze(on: chat.database) > 5)
            let rows: Double = try await chat.database.one(
                "select reltuples::float8 from pg_class where oid = 'messages'::regclass")
            #expect(rows >= 1)
        }
    }
}

/// Who is gone belongs to nothing any more.
@Suite(.ownAccounts) struct LeavingTests {
    @Test func `with an account its memberships end, others hear of it, and somebody else takes the place`()
        async throws
    {
        try await Room.lend { room in
            let direct = try await room.chat.conversations.create(
                NewConversation(.direct, title: nil, members: [room.member.id]), by: room.admin
            ).conversation.id
            let rev = try await room.rev()
            try await room.chat.database.run(
                """
                insert into account_deletions (user_id, requested_at, due_at)
                values (\(room.admin.id), now() - interval '1 hour', now() - interval '1 minute')
                """)
            try await room.chat.durable.transaction { transaction in
                try await DeleteAccount(user: room.admin.id).erase(at: .now, on: transaction)
            }
            let (count, admins): (Int, Int) = try await room.chat.database.one(
                """
                select c.member_count, (select count(*)::int from members m
                    where m.conversation_id = c.id and m.role = 'admin' and m.left_at is null and m.user_id = \(room.moderator.id))
                from conversations c where c.id = \(room.id)
                """)
            #expect(count == 3 && admins == 1)
            #expect(try await room.rev() == rev + 2, "they are gone, and somebody else is administrator")
            #expect(try await room.chat.read(room.id, by: room.member).count >= 1)
            // The other one keeps what the two have said to each other.
            #expect(
                try await room.chat.database.one("select member_count from conversations where id = \(direct)") == 2)
            let report: Int = try await room.chat.database.one(
                "select (report ->> 'memberships')::int from account_deletions")
            #expect(report == 1)
        }
    }
}
