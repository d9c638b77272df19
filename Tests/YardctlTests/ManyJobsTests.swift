import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

/// `jobs cancel`, `retry` and `delete` of what filters choose.
@Suite(.ownStores) struct ManyJobsTests {
    private struct Other: Job, Codable {
        static let kind = "test.other"
        static let queue = Chore.queue
    }

    /// Two scheduled ones, one that failed, three ready ones, and one of another kind.
    private func fill(_ shed: Shed) async throws {
        try await shed.queue.enqueueAll([Chore(number: 1), Chore(number: 2)], JobOptions(runAt: .now + .hours(1)))
        _ = try await shed.addRetrying(3)
        try await shed.queue.enqueueAll((4...6).map { Chore(number: $0) })
        try await shed.queue.enqueue(Other())
    }

    @Test func `filters choose many, which asks first`() async throws {
        let shed = try await Shed.migrated()
        try await fill(shed)
        let asked = try await Yardctl.run("jobs", "delete", "-q", "chores", "-s", "ready", "-k", "test.chore")
        #expect(asked.code == .code(2) && asked.errors.contains("Delete 3 jobs of chores?"))
        let deleted = try await Yardctl.run("jobs", "delete", "-q", "chores", "-s", "ready", "-k", "test.chore", "-y")
        #expect(deleted.code == .code(0) && deleted.output == "Deleted 3 jobs.\n")
        let cancelled = try await Yardctl.run("jobs", "cancel", "-q", "chores", "--all", "-y", "--json").json
        #expect(cancelled["done"]?.integer == 4 && cancelled["wanted"]?.integer == 4)
        #expect(cancelled["outcomes"]?["cancelled"]?.integer == 3 && cancelled["outcomes"]?["marked"]?.integer == 1)
        let balance = try await shed.balance()
        #expect(balance.cancelled == 6 && balance.ready == 1 && balance.due == 0 && balance.difference == 0)
    }

    @Test func `what waits is brought forward, scheduled jobs only when they are asked for`() async throws {
        let shed = try await Shed.migrated()
        try await fill(shed)
        let record = Record()
        let worker = try await shed.worker { job, _ in record.add(job.number) }
        try await eventually { record.numbers.count == 3 }
        #expect(
            try await Yardctl.run("jobs", "retry", "-q", "chores", "-k", "test.chore", "-y").output
                == "Brought forward 1 job.\n")
        try await eventually { record.numbers.contains(3) }
        let scheduled = try await Yardctl.run(
            "jobs", "retry", "-q", "chores", "-s", "scheduled", "-y", "--rate", "1000", "--json")
        #expect(try scheduled.json["done"]?.integer == 2)
        try await eventually { record.numbers.sorted() == Array(1...6) }
        await worker.stop()
    }

    @Test func `durable jobs go with their rows, wherever they lie`() async throws {
        let shed = try await Shed.migrated()
        let durable = try shed.durable()
        try await durable.enqueueAll((0..<3).map { Chore(number: $0) })
        try await durable.enqueueAll((3..<5).map { Chore(number: $0) }, JobOptions(runAt: .now + .hours(2)))
        try await eventually { try await shed.balance().ready == 3 }
        let deleted = try await Yardctl.run("jobs", "delete", "-q", "chores", "--all", "-y", "--json").json
        #expect(deleted["done"]?.integer == 5)
        #expect(try await shed.database().one("select count(*) from outbox", as: Int.self) == 0)
        #expect(try await shed.balance().waiting == 0)
        await durable.stop()
    }

    @Test func `jobs that cannot be looked at are told of`() async throws {
        let shed = try await Shed.migrated()
        for _ in 0..<3 { try await Yardctl.run("enqueue", "a", "-q", "chores", "--key", "k") }
        try await shed.redis.call("ZREM", shed.keys().keyRing, "k")
        try await shed.redis.call("SADD", shed.keys().keyFull, "k")
        let none = try await Yardctl.run("jobs", "delete", "-q", "chores", "--all", "-y")
        #expect(none.code == .code(1) && none.errors.contains("3 more jobs under keys"), "\(none.errors)")
        let deleted = try await Yardctl.run("jobs", "delete", "-q", "chores", "--key", "k", "-s", "ready", "-y")
        #expect(deleted.output == "Deleted 3 jobs.\n", "\(deleted.output)")
        #expect(try await shed.balance().waiting == 0)
    }

    @Test(arguments: [
        (["jobs", "cancel"], "which ones?"), (["jobs", "cancel", "--state", "ready"], "of which queue?"),
        (["jobs", "retry", "--queue", "chores", "--state", "ready"], "ready"),
        (["jobs", "delete", "01890a5d-ac96-774b-bcce-b302099a8057", "--all"], "not both"),
        (["dead", "list", "--since", "yesterday"], "neither a time like"),
    ])
    func `what is meant has to be said`(words: [String], text: String) async throws {
        let result = try await Yardctl.run(words)
        #expect(result.code == .code(2) && result.errors.contains(text), "\(result.errors)")
    }

    @Test func `a ready job that was cancelled is shown as such`() async throws {
        let shed = try await Shed.migrated()
        let id = try await shed.queue.enqueue(Chore(number: 1)).id
        try await Yardctl.run("jobs", "cancel", "\(id)")
        #expect(try await Yardctl.run("jobs", "show", "\(id)").output.contains("ready, to be cancelled"))
        #expect(try await Yardctl.run("jobs", "list", "chores").output.contains("to be cancelled"))
        let listed = try await Yardctl.run("jobs", "list", "chores", "--json").json["jobs"]?[0]
        #expect(listed?["toBeCancelled"]?.bool == true && listed?["state"]?.string == "ready")
    }

    @Test func `a dead job is shown with its error and its letter, tracked or not`() async throws {
        let shed = try await Shed.migrated()
        let worker = try await shed.worker { _, _ in throw JobOutcome.fail("nobody is at home") }
        let tracked = try await shed.queue.enqueue(Chore(number: 1), JobOptions(isTracked: true)).id
        let untracked = try await shed.queue.enqueue(Chore(number: 2)).id
        try await eventually { try await shed.balance().unstored == 2 }
        await worker.stop()
        try await shed.addDead(0)
        for id in [tracked, untracked] {
            let shown = try await Yardctl.run("jobs", "show", "\(id)")
            #expect(shown.code == .code(0), "\(shown.errors)")
            #expect(shown.output.hasPrefix("test.chore") && shown.output.contains("nobody is at home"))
            #expect(shown.output.contains("yardctl dead show "))
            let json = try await Yardctl.run("jobs", "show", "\(id)", "--json").json
            #expect(json["state"]?.string == "dead" && json["letter"]?["kind"]?.string == "test.chore")
        }
    }

    @Test func `a job is shown with the reason that it is parked for`() async throws {
        let shed = try await Shed.migrated()
        var parked = try shed.queue.encoder.prepare(Chore(number: 1))
        parked.envelope.options.parkedSince = .now
        parked.envelope.options.obstacle = .newerSchema
        parked.runAt = .now + .hours(1)
        let id = try await shed.queue.enqueue(parked).id
        #expect(
            try await Yardctl.run("jobs", "show", "\(id)").output.contains("parked: its payload is of a newer version"))
        #expect(try await Yardctl.run("jobs", "show", "\(id)", "--json").json["parkedBecause"]?.string == "newerSchema")
        let listed = try await Yardctl.run("jobs", "list", "chores", "-s", "parked")
        #expect(listed.output.contains("its payload is of a newer version"))
        let doctor = try await Yardctl.run("doctor").output
        #expect(doctor.contains("1 job is parked, as its payload is of a newer version"))
    }
}
