import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct StatisticsCommandTests {
    @Test func `what ran is shown by kind, also before a scheduler has stored it`() async throws {
        let shed = try Shed()
        struct Hopeless: Error {}
        let worker = try await shed.worker { job, _ in if job.number == 2 { throw JobOutcome.fail("no use") } }
        try await shed.queue.enqueueAll((0..<4).map { Chore(number: $0) })
        try await eventually { try await shed.balance().done == 3 }
        await worker.stop()
        let table = try await Yardctl.run("statistics")
        #expect(table.code == .code(0) && table.lines.count == 3)
        #expect(table.lines[1].split(separator: " ").prefix(6) == ["chores", "all", "3", "1", "·", "1"])
        #expect(table.lines[2].split(separator: " ").prefix(6) == ["chores", "test.chore", "3", "1", "·", "1"])
        let json = try await Yardctl.run("statistics", "chores", "--kind", "test.chore", "--json").json
        let kind = json["queues"]?[0]?["kinds"]?[0]
        #expect(kind?["done"]?.integer == 3 && kind?["dead"]?.integer == 1 && kind?["failed"]?.integer == 1)
        #expect(kind?["runP99Ms"]?.double != nil && json["queues"]?[0]?["kinds"]?[1] == nil)
    }

    @Test func `longer spans come from what schedulers have stored`() async throws {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueue(Chore(number: 1))
        try await shed.database().run(
            """
            insert into job_statistics (span, queue, starts_at, kind, measure, amount)
            select 5, 'chores', now() - days * interval '1 day', 'test.chore', measure, amount
            from (values (1, 'done', 7), (3, 'done', 5), (3, 'run:12', 5), (6, 'done', 1)) as rows (days, measure, amount)
            """)
        let json = try await Yardctl.run("statistics", "--last", "5d", "--json").json["queues"]?[0]?["kinds"]?[0]
        #expect(json?["kind"]?.string == "test.chore" && json?["done"]?.integer == 12)
        #expect(json?["runP50Ms"]?.double == 4.096)
        #expect(try await Yardctl.run("statistics", "--last", "90d").code == .code(2))
    }
}
