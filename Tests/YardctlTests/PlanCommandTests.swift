import JSON
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

/// Batches and cron entries.
@Suite(.ownStores) struct PlanCommandTests {
    @Test func `batches are listed, shown and cancelled with their jobs`() async throws {
        let shed = try await Shed.migrated()
        let durable = try shed.durable()
        let id = try await durable.transaction { transaction in
            let id = try await transaction.openBatch("monthly report")
            try await transaction.enqueueAll((0..<3).map { Chore(number: $0) }, in: id)
            try await transaction.seal(id)
            return id
        }
        try await eventually { try await shed.balance().ready == 3 }
        let listed = try await Yardctl.run("batches", "list", "--json").json["batches"]?[0]
        #expect(listed?["id"]?.string == "\(id)" && listed?["pending"]?.integer == 3)
        #expect(try await Yardctl.run("batches", "show", "\(id)").output.contains("monthly report"))
        #expect(try await Yardctl.run("batches", "cancel", "\(id)").code == .code(2))
        #expect(try await Yardctl.run("batches", "cancel", "\(id)", "--yes").output == "Cancelled, with 3 jobs.\n")
        #expect(try await Yardctl.run("batches", "show", "\(id)", "--json").json["state"]?.string == "cancelled")
        #expect(try await Yardctl.run("batches", "show", "\(BatchID.new())").code == .code(1))
        #expect(try await Yardctl.run("batches", "show", "x").code == .code(2))
        await durable.stop()
    }

    @Test func `cron entries are listed, paused, resumed and asked to run`() async throws {
        let shed = try await Shed.migrated()
        let database = try shed.database()
        try await database.run(
            """
            insert into cron_entries (name, kind, queue, expression, zone, missed, next_at)
            values ('nightly', 'test.chore', 'chores', '30 2 * * *', 'Europe/Berlin', 'runOnce', now() + interval '1 hour')
            """)
        let table = try await Yardctl.run("cron", "list")
        #expect(table.lines.count == 2 && table.lines[1].contains("30 2 * * *") && table.lines[1].contains("in 1h"))
        #expect(try await Yardctl.run("cron", "pause", "nightly").output == "nightly: paused\n")
        #expect(try await Yardctl.run("cron", "list", "--json").json["entries"]?[0]?["paused"]?.bool == true)
        #expect(try await Yardctl.run("cron", "resume", "nightly").code == .code(0))
        #expect(try await Yardctl.run("cron", "run", "nightly").code == .code(0))
        #expect(
            try await database.one("select run_requested_at is not null from cron_entries", as: Bool.self))
        try await database.run("update cron_entries set planned_through = now() + interval '1 year'")
        #expect(try await Yardctl.run("cron", "reset", "nightly").output == "nightly: begins anew\n")
        #expect(try await database.one("select planned_through is null from cron_entries", as: Bool.self))
        let unknown = try await Yardctl.run("cron", "run", "nigthly")
        #expect(unknown.code == .code(1) && unknown.errors.contains("Did you mean nightly?"))
        let next = try await Yardctl.run("cron", "next", "nightly", "-n", "3", "--json").json
        #expect(next["runs"]?[2]?.string != nil && next["runs"]?[3] == nil)
        #expect(try await Yardctl.run("cron", "history", "nightly").output == "Nothing yet.\n")
    }

    @Test func `any expression can be looked ahead of, without a store`() async throws {
        let without = ["REDIS_URL": "", "DATABASE_URL": ""]
        let result = try await Yardctl.run("cron", "next", "0 12 1 1 *", "-n", "2", environment: without)
        #expect(result.code == .code(0) && result.lines.count == 3 && result.lines[1].contains("-01-01T12:00:00"))
        let wrong = try await Yardctl.run("cron", "next", "61 * * * *", environment: without)
        #expect(wrong.code == .code(2) && wrong.errors.contains("minute"))
        #expect(try await Yardctl.run("cron", "next", "0 0 30 2 *", environment: without).code == .code(1))
        #expect(
            try await Yardctl.run("cron", "next", "@daily", "--zone", "Mars", environment: without).code == .code(2))
    }
}
