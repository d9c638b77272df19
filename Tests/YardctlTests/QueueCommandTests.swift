import Glibc
import JSON
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct QueueCommandTests {
    @Test func `queues are listed with what they hold, as a table and as JSON`() async throws {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueueAll((0..<5).map { Chore(number: $0) })
        try await shed.queue.enqueue(Chore(number: 6), after: .hours(1))
        try await shed.addDead(2)
        let table = try await Yardctl.run("queues")
        #expect(table.code == .code(0))
        #expect(table.lines[0].hasPrefix("QUEUE"))
        #expect(table.lines[1].split(separator: " ").prefix(6) == ["chores", "5", "1", "·", "·", "2"])
        #expect(table.lines[1].hasSuffix("no workers"))
        let json = try await Yardctl.run("queues", "chores", "--json").json
        let queue = try #require(json["queues"]?[0])
        #expect(queue["name"]?.string == "chores" && queue["ready"]?.integer == 5 && queue["due"]?.integer == 1)
        #expect(queue["dead"]?.integer == 2 && queue["paused"]?.bool == false && queue["workers"]?.integer == 0)
        let oldest = try #require(queue["oldestReady"]?.string.flatMap { Timestamp(rfc3339: $0) })
        #expect(Timestamp.now - oldest < .minutes(10))
    }

    @Test func `an unknown queue is an error with a hint`() async throws {
        let shed = try Shed()
        try await shed.queue.enqueue(Chore(number: 1))
        let result = try await Yardctl.run("queues", "choers")
        #expect(result.code == .code(1))
        #expect(result.errors.contains("there is no queue choers") && result.errors.contains("Did you mean chores?"))
        #expect(try await Yardctl.run("queues", "No Such").code == .code(2))
    }

    @Test func `a paused queue is not served until it is resumed`() async throws {
        let shed = try await Shed.migrated()
        let record = Record()
        let worker = try await shed.worker { job, _ in record.add(job.number) }
        try await shed.queue.enqueue(Chore(number: 1))
        try await eventually { record.numbers == [1] }
        #expect(try await Yardctl.run("pause", "chores").output == "chores: paused\n")
        try await shed.queue.enqueue(Chore(number: 2))
        #expect(try await Yardctl.run("queues").output.contains("paused"))
        #expect(record.numbers == [1])
        #expect(try await Yardctl.run("resume", "chores", "--json").json["queues"]?[0]?["paused"]?.bool == false)
        try await eventually { record.numbers == [1, 2] }
        await worker.stop()
    }

    @Test func `limits are set, shown and cleared`() async throws {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueue(Chore(number: 1))
        let set = try await Yardctl.run("limits", "chores", "--concurrency", "3", "--rate", "2.5", "--json").json
        #expect(set["concurrency"]?.integer == 3 && set["rate"]?.double == 2.5 && set["burst"]?.isNull == true)
        let control = try await shed.redis.call("HGETALL", shed.keys().control).expectFields()
        #expect(control["concurrency"]?.string == "3" && control["rate"]?.string == "2.5")
        let changed = try await Yardctl.run("limits", "chores", "--concurrency", "0", "--max-length", "9")
        #expect(
            changed.lines.map { $0.split(separator: " ").joined(separator: " ") } == [
                "concurrency none", "rate 2.5", "burst none", "key-concurrency none", "key-rate none", "key-burst none",
                "max-length 9",
            ])
        #expect(try await Yardctl.run("limits", "chores", "--clear", "--json").json["maxLength"]?.isNull == true)
        #expect(try await shed.redis.call("EXISTS", shed.keys().control).int == 0)
        #expect(try await Yardctl.run("limits", "chores", "--rate", "fast").code == .code(2))
    }

    @Test func `workers are listed with what they run, and take orders`() async throws {
        let shed = try await Shed.migrated()
        let orders = Record()
        let worker = try await shed.worker(onOrder: { orders.add($0 == .stop ? 1 : 2) }) { _, _ in
            try await Task.sleep(for: .seconds(600))
        }
        try await shed.queue.enqueueAll([Chore(number: 1), Chore(number: 2)])
        try await eventually { try await shed.balance().leased == 2 }
        let listed = try await eventuallySome {
            let first = try await Yardctl.run("workers", "--json").json["workers"]?[0]
            return first?["running"]?.integer == 2 ? first : nil
        }
        #expect(listed["name"]?.string == worker.name && listed["pid"]?.integer.map { pid_t($0) } == getpid())
        #expect(listed["kinds"]?["test.chore"]?.integer == 2)
        #expect((1...12_000).contains(listed["leaseMs"]?.integer ?? 0))
        let table = try await Yardctl.run("workers", "--queue", "chores")
        #expect(table.lines.count == 2 && table.lines[1].contains("2×test.chore"))
        #expect(try await Yardctl.run("drain").code == .code(2))
        #expect(try await Yardctl.run("drain", "nobody").code == .code(1))
        #expect(try await Yardctl.run("quiet", worker.name).output.hasPrefix("\(worker.name): told"))
        try await eventually {
            try await Yardctl.run("workers", "--json").json["workers"]?[0]?["state"]?.string == "quiet"
        }
        #expect(try await Yardctl.run("drain", "--all").code == .code(0))
        try await eventually { orders.numbers == [1] }
        for id in try await Yardctl.run("jobs", "list", "chores", "--state", "leased", "--json").ids {
            try await Yardctl.run("jobs", "cancel", id)
        }
        try await eventually { try await shed.balance().leased == 0 }
        await worker.stop()
    }

    @Test func `the ledger says so when the books are off`() async throws {
        let shed = try Shed()
        try await shed.queue.enqueueAll((0..<3).map { Chore(number: $0) })
        let fine = try await Yardctl.run("ledger", "--json")
        #expect(fine.code == .code(0))
        #expect(try fine.json["balanced"]?.bool == true)
        try await shed.redis.call("RPOP", shed.keys().ready(.normal))
        let off = try await Yardctl.run("ledger")
        #expect(off.code == .code(1))
        #expect(off.lines[1].split(separator: " ").last == "1" && off.errors.contains("The books are off"))
        #expect(try await Yardctl.run("ledger", "chores", "--json").json["queues"]?[0]?["difference"]?.integer == 1)
        #expect(try await Yardctl.run("ledger", "--write-off").code == .code(2))
        let settled = try await Yardctl.run("ledger", "--write-off", "--yes", "--json")
        #expect(settled.code == .code(0))
        let book = try settled.json["queues"]?[0]
        #expect(book?["lost"]?.integer == 1 && book?["foreign"]?.integer == 0 && book?["difference"]?.integer == 0)
    }
}

extension Yardctl.Result {
    /// The ids of the jobs in a list.
    var ids: [String] {
        get throws {
            guard case .array(let jobs)? = try json["jobs"] else { return [] }
            return jobs.compactMap { $0["id"]?.string }
        }
    }
}
