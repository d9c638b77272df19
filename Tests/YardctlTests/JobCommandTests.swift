import Crypto
import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct JobCommandTests {
    @Test func `jobs are listed by state, page by page, each once`() async throws {
        let shed = try await Shed.migrated()
        let answers = try await shed.queue.enqueueAll((0..<23).map { Chore(number: $0) })
        var seen: [String] = []
        var cursor: String?
        repeat {
            let after = cursor.map { ["--after", $0] } ?? []
            let page = try await Yardctl.run(["jobs", "list", "chores", "--limit", "10", "--json"] + after)
            seen += try page.ids
            cursor = try page.json["next"]?.string
        } while cursor != nil
        #expect(seen == answers.map(\.id.description))
        let retrying = try await shed.addRetrying(1)
        try await shed.queue.enqueue(Chore(number: 2), after: .hours(1))
        #expect(try await Yardctl.run("jobs", "list", "chores", "-s", "retrying", "--json").ids == ["\(retrying)"])
        let table = try await Yardctl.run("jobs", "list", "chores", "-s", "retrying")
        #expect(table.lines.count == 2 && table.lines[1].contains("no 2"))
        #expect(try await Yardctl.run("jobs", "list", "chores", "-s", "scheduled", "--json").ids.count == 1)
        #expect(try await Yardctl.run("jobs", "list", "chores", "-s", "parked").output.contains("No parked job"))
        #expect(try await Yardctl.run("jobs", "list", "chores", "--kind", "other").output.contains("No ready job"))
        #expect(try await Yardctl.run("jobs", "list", "chores", "--after", "x").code == .code(2))
        #expect(try await Yardctl.run("jobs", "list", "chores", "-s", "dead").errors.contains("not one of ready,"))
    }

    @Test func `durable jobs that are due later are listed, shown and moved, though Redis has them not`() async throws {
        let shed = try await Shed.migrated()
        let id = try await Yardctl.run(
            "enqueue", "test.chore", "-q", "chores", "--payload", #"{"number":1}"#, "--durable", "--in", "2h"
        ).firstWord
        try await shed.queue.enqueue(Chore(number: 2), after: .hours(1))
        #expect(try await shed.balance().due == 1)
        let first = try await Yardctl.run("jobs", "list", "chores", "-s", "scheduled", "-n", "1", "--json")
        let next = try #require(try first.json["next"]?.string)
        let second = try await Yardctl.run("jobs", "list", "chores", "-s", "scheduled", "--after", next, "--json")
        #expect(try second.ids == [id])
        let shown = try await Yardctl.run("jobs", "show", id, "--json").json
        #expect(shown["inRedis"]?.bool == false && shown["durable"]?.bool == true)
        #expect(shown["payload"]?["number"]?.integer == 1)
        #expect(try await Yardctl.run("jobs", "reschedule", id, "--at", "2031-01-01 10:00").code == .code(0))
        let row = try await shed.database().one("select run_at, push_at from outbox", as: (Timestamp, Timestamp).self)
        #expect(row.0.rfc3339 == "2031-01-01T10:00:00.000Z" && row.1 == row.0)
        #expect(try await Yardctl.run("jobs", "cancel", id).output == "\(id): cancelled\n")
        #expect(try await shed.database().one("select count(*) from outbox", as: Int.self) == 0)
    }

    @Test func `a tracked job is shown with its progress, and with its result when it has ended`() async throws {
        let shed = try Shed()
        let gate = Record()
        let worker = try await shed.worker { _, context in
            await context.progress(0.4, "half way")
            while gate.numbers.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            try await context.setResult(#"{"rows":7}"#)
        }
        let id = try await shed.queue.enqueue(Chore(number: 1), JobOptions(isTracked: true)).id
        try await eventually { try await shed.queue.tracked(id, in: Chore.queue)?.progress == 0.4 }
        let without = ["DATABASE_URL": ""]
        #expect(try await Yardctl.run("jobs", "show", "\(id)", environment: without).output.contains("40 %, half way"))
        #expect(
            try await Yardctl.run("jobs", "show", "\(id)", "--json", environment: without).json["progress"]?.double
                == 0.4)
        gate.add(1)
        try await eventually { try await shed.queue.tracked(id, in: Chore.queue)?.state == "done" }
        let ended = try await Yardctl.run("jobs", "show", "\(id)", "--json", environment: without).json
        #expect(ended["state"]?.string == "done" && ended["result"]?["rows"]?.integer == 7)
        #expect(try await Yardctl.run("jobs", "show", "\(id)", environment: without).output.contains(#"{"rows":7}"#))
        await worker.stop()
    }

    @Test func `a job is shown with its history`() async throws {
        let shed = try Shed()
        let id = try await shed.addRetrying(7)
        let sheet = try await Yardctl.run("jobs", "show", "\(id)", environment: ["DATABASE_URL": ""])
        #expect(sheet.code == .code(0))
        for part in ["test.chore", "retrying, due in", "run 1 failed: Broken: no 1", "run 2 failed", #"{"number":7}"#] {
            #expect(sheet.output.contains(part), "\(part)")
        }
        let json = try await Yardctl.run("jobs", "show", "\(id)", "--json", environment: ["DATABASE_URL": ""]).json
        #expect(json["state"]?.string == "retrying" && json["errors"]?[1]?["message"]?.string == "no 2")
        let missing = try await Yardctl.run("jobs", "show", "\(JobID.new())", environment: ["DATABASE_URL": ""])
        #expect(missing.code == .code(1) && missing.errors.contains("there is no job"))
        #expect(try await Yardctl.run("jobs", "show", "42").code == .code(2))
    }

    @Test func `a sealed payload opens with the key, and only when asked`() async throws {
        let shed = try Shed()
        let secret = [UInt8](repeating: 7, count: 32)
        let keys = SealingKeys(current: try SealingKey(id: 3, secret: SecretBytes(copying: secret)))
        let job = try JobEncoder(sealing: keys).prepare(Chore(number: 12345))
        _ = try await shed.queue.enqueue(job)
        let name = "JOB_ENCRYPTION_KEYS", right = "3:\(Base64.encode(secret))"
        let without = ["DATABASE_URL": ""]
        let hidden = try await Yardctl.run(
            "jobs", "show", "\(job.id)", environment: without.merging([name: right]) { $1 })
        #expect(hidden.output.contains("sealed") && !hidden.output.contains("12345"))
        let show = ["jobs", "show", "\(job.id)", "--reveal"]
        #expect(
            try await Yardctl.run(show, environment: without.merging([name: right]) { $1 }).output.contains("12345"))
        #expect(try await Yardctl.run(show, environment: without).code == .code(78))
        let wrong = "3:\(Base64.encode([UInt8](repeating: 8, count: 32)))"
        let closed = try await Yardctl.run(show, environment: without.merging([name: wrong]) { $1 })
        #expect(closed.output.contains("does not open"))
        let bad = try await Yardctl.run(show, environment: without.merging([name: "3:short"]) { $1 })
        #expect(
            bad.code == .code(78) && bad.errors.contains("is not 32 bytes in Base64") && !bad.errors.contains("short"))
    }

    @Test func `a job that waits runs now, or at another time`() async throws {
        let shed = try await Shed.migrated()
        let record = Record()
        let worker = try await shed.worker { job, _ in record.add(job.number) }
        let now = try await shed.queue.enqueue(Chore(number: 1), after: .hours(1)).id
        let later = try await shed.queue.enqueue(Chore(number: 2), after: .hours(1)).id
        #expect(try await Yardctl.run("jobs", "retry", "\(now)").output == "\(now): runs now\n")
        try await eventually { record.numbers == [1] }
        #expect(try await Yardctl.run("jobs", "reschedule", "\(later)", "--in", "3h").code == .code(0))
        let listed = try await Yardctl.run("jobs", "list", "chores", "-s", "scheduled", "--json").json["jobs"]?[0]
        let due = try #require(listed?["dueAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
        #expect(due - .now > .minutes(170) && due - .now <= .hours(3))
        #expect(try await Yardctl.run("jobs", "reschedule", "\(later)").code == .code(2))
        let gone = try await Yardctl.run("jobs", "retry", "\(now)", "\(later)", "--json")
        #expect(gone.code == .code(1))
        #expect(try gone.json["results"]?[0]?["outcome"]?.string == "absent")
        #expect(try gone.json["results"]?[1]?["done"]?.bool == true)
        try await eventually { record.numbers == [1, 2] }
        await worker.stop()
    }

    @Test func `jobs are cancelled wherever they are`() async throws {
        let shed = try await Shed.migrated()
        let record = Record()
        try await QueueControl(Chore.queue, redis: shed.redis, prefix: shed.prefix, database: nil).pause()
        let due = try await shed.queue.enqueue(Chore(number: 1), after: .hours(1)).id
        let ready = try await shed.queue.enqueue(Chore(number: 2)).id
        let cancelled = try await Yardctl.run("jobs", "cancel", "\(due)", "\(ready)", "--json").json
        #expect(cancelled["results"]?[0]?["outcome"]?.string == "cancelled")
        #expect(cancelled["results"]?[1]?["outcome"]?.string == "marked")
        let running = try await shed.queue.enqueue(Chore(number: 3)).id
        let worker = try await shed.worker { job, _ in
            record.add(job.number)
            try await Task.sleep(for: .seconds(600))
        }
        try await QueueControl(Chore.queue, redis: shed.redis, prefix: shed.prefix, database: nil).resume()
        try await eventually { record.numbers == [3] }
        #expect(try await Yardctl.run("jobs", "delete", "--yes", "\(running)").errors.contains("a worker runs it"))
        #expect(try await Yardctl.run("jobs", "cancel", "\(running)").output.contains("its worker is told"))
        try await eventually { try await shed.balance().cancelled == 3 }
        await worker.stop()
        #expect(try await shed.balance().difference == 0)
    }

    @Test func `deleting asks first, and refuses where nobody can answer`() async throws {
        let shed = try await Shed.migrated()
        let ready = try await shed.queue.enqueue(Chore(number: 1)).id
        let due = try await shed.queue.enqueue(
            Chore(number: 2), after: .hours(1), unique: .untilDone("only")
        ).id
        let refused = try await Yardctl.run("jobs", "delete", "\(ready)")
        #expect(refused.code == .code(2) && refused.errors.contains("Add --yes"))
        #expect(try await shed.balance().ready == 1)
        let done = try await Yardctl.run("jobs", "delete", "-y", "\(ready)", "\(due)")
        #expect(done.output == "\(ready): deleted\n\(due): deleted\n")
        let balance = try await shed.balance()
        #expect(balance.waiting == 0 && balance.cancelled == 2 && balance.difference == 0)
        let again = try await shed.queue.enqueue(Chore(number: 3), JobOptions(unique: .untilDone("only")))
        #expect(again.id != due)
    }
}

extension Yardctl.Result {
    var firstWord: String { output.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? "" }
}
