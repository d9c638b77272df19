import Glibc
import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@Suite(.ownStores) struct EnqueueCommandTests {
    @Test func `an enqueued job runs with its payload`() async throws {
        let shed = try await Shed.migrated()
        let record = Record()
        let worker = try await shed.worker { job, _ in record.add(job.number) }
        let plain = try await Yardctl.run("enqueue", "test.chore", "--queue", "chores", "--payload", #"{"number": 1}"#)
        #expect(plain.code == .code(0) && JobID(plain.firstWord) != nil)
        try await eventually { record.numbers == [1] }
        await worker.stop()
    }

    @Test func `a durable job has its row, and a file its payload`() async throws {
        let shed = try await Shed.migrated()
        let folder = try ScratchFolder("payload")
        let file = folder.file("payload.json")
        let text = "{\"number\": 5}\n"
        #expect(creat(file, 0o600) >= 0 && truncate(file, 0) == 0)
        let handle = fopen(file, "w")
        fputs(text, handle)
        fclose(handle)
        let durable = try await Yardctl.run(
            "enqueue", "test.chore", "-q", "chores", "-p", "@\(file)", "--durable", "--json"
        ).json
        #expect(durable["durable"]?.bool == true && durable["taken"]?.bool == true)
        #expect(try await shed.database().one("select count(*) from outbox", as: Int.self) == 1)
        let stored = try await shed.redis.call("LINDEX", shed.keys().ready(.normal), 0).expectBytes()
        #expect(try #require(EnvelopeView(stored)).payload.string == #"{"number":5}"#)
    }

    @Test func `options become those of the job`() async throws {
        let shed = try Shed()
        let words = ["enqueue", "test.chore", "-q", "chores", "--in", "10m", "--unique", "one", "--priority", "high"]
        let first = try await Yardctl.run(words + ["--schema", "4", "--tracked"])
        #expect(first.code == .code(0) && first.output.contains("due in 10m"))
        let envelope = try await shed.redis.call("HVALS", shed.keys().dueEnvelopes).expectArray()[0].expectBytes()
        let view = try #require(EnvelopeView(envelope))
        #expect(view.priority == .high && view.schemaVersion == 4 && view.claims == [.unique, .tracked])
        let second = try await Yardctl.run(words)
        #expect(second.code == .code(1) && second.firstWord == first.firstWord)
        #expect(second.errors.contains("the same unique key"))
    }

    @Test func `a keyed queue takes no job without a key`() async throws {
        let shed = try Shed()
        let refused = ["enqueue", "test.chore", "-q", "rooms"]
        #expect(try await Yardctl.run(refused + ["--key", "a", "--ordered"]).code == .code(0))
        let result = try await Yardctl.run(refused)
        #expect(result.code == .code(2) && result.errors.contains("give --key"))
        #expect(try await Yardctl.run(refused + ["--key", "b"]).code == .code(0))
        let stored = try await shed.redis.call(
            "LINDEX", QueueKeys(prefix: shed.prefix, queue: QueueName("rooms")).keyList("b"), 0
        ).expectBytes()
        #expect(EnvelopeView(stored)?.claims == [.keyed, .ordered])
        let listed = try await Yardctl.run("jobs", "list", "rooms", "--key", "b", "--json")
        #expect(try listed.ids.count == 1)
    }

    @Test(arguments: [
        (["enqueue"], "KIND is missing"), (["enqueue", "a"], "into which queue"),
        (["enqueue", "a", "-q", "x", "--payload", "{"], "is not JSON"),
        (["enqueue", "a", "-q", "x", "--payload", "@/nowhere"], "open /nowhere"),
        (["enqueue", "a", "-q", "x", "--in", "soon"], "is not a length of time"),
        (["enqueue", "a", "-q", "X!"], "is not the name of a queue"),
        (["enqueue", "a", "-q", "x", "--priority", "hihg"], "did you mean high?"),
    ])
    func `what cannot be enqueued is said, and nothing is`(words: [String], text: String) async throws {
        let result = try await Yardctl.run(words)
        #expect(result.code == .code(2) && result.errors.contains(text), "\(result.errors)")
        #expect(try await Shed().redis.call("KEYS", "\(TestStores.current.redisPrefix)*").expectArray().isEmpty)
    }

    @Test func `a full queue is full`() async throws {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueue(Chore(number: 1))
        try await Yardctl.run("limits", "chores", "--max-length", "1")
        let result = try await Yardctl.run("enqueue", "test.chore", "-q", "chores")
        #expect(result.code == .code(75) && result.errors.contains("queue chores is full"))
    }

    @Test func `a Redis that has no room for more takes none`() async throws {
        let shed = try Shed()
        try await shed.redis.call("SET", shed.prefix + "filler", [UInt8](repeating: 0, count: 4 << 20))
        let result = try await Yardctl.run("enqueue", "a", "-q", "chores", environment: ["QUEUE_MAX_BYTES": "2MB"])
        #expect(result.code == .code(75) && result.errors.contains("queue chores is full"))
        #expect(try await shed.balance().enqueued == 0)
        let bad = try await Yardctl.run("enqueue", "a", "-q", "chores", environment: ["QUEUE_MAX_BYTES": "lots"])
        #expect(bad.code == .code(78))
    }

    @Test func `a duplicate is told apart by scripts, and by its code`() async throws {
        let words = ["enqueue", "test.chore", "-q", "chores", "--in", "1h", "--unique", "one", "--json"]
        let first = try await Yardctl.run(words)
        #expect(first.code == .code(0))
        #expect(try first.json["taken"]?.bool == true && first.json["duplicateOf"]?.isNull == true)
        let second = try await Yardctl.run(words)
        #expect(second.code == .code(1))
        let id = try first.json["id"]?.string
        let json = try second.json
        #expect(json["taken"]?.bool == false && json["duplicateOf"]?.string == id && json["id"]?.string == id)
        #expect(json["runAt"]?.isNull == true)
    }

    @Test func `a duplicate of a durable job is told as well`() async throws {
        _ = try await Shed.migrated()
        let words = ["enqueue", "test.chore", "-q", "chores", "--unique", "one", "--durable", "--json"]
        let first = try await Yardctl.run(words)
        let second = try await Yardctl.run(words)
        #expect(first.code == .code(0) && second.code == .code(1))
        #expect(try second.json["duplicateOf"]?.string == first.json["id"]?.string)
    }

    @Test func `a job is unique for as long as is said`() async throws {
        let shed = try Shed()
        func envelope(_ words: String...) async throws -> EnvelopeView {
            let id = try await Yardctl.run(["enqueue", "a", "-q", "chores", "--in", "1h"] + words).firstWord
            let stored = try await shed.redis.call("HVALS", shed.keys().dueEnvelopes).expectArray().compactMap(\.bytes)
            return try #require(stored.compactMap(EnvelopeView.init).first { "\($0.id)" == id })
        }
        #expect(
            try await envelope("--unique", "1", "--unique-until", "started").attributes.contains(.uniqueUntilStarted))
        #expect(try await envelope("--unique", "2", "--unique-until", "done").attributes.isEmpty == false)
        #expect(try await envelope("--unique", "3", "--unique-until", "10m").attributes.contains(.uniqueForTime))
        let ttls = try await shed.redis.call("KEYS", shed.keys().uniquePrefix + "*").expectArray().compactMap(\.bytes)
        #expect(ttls.count == 3)
        let earlier = try await envelope("--debounce", "4").id
        let later = try await Yardctl.run("enqueue", "a", "-q", "chores", "--in", "2h", "--debounce", "4", "--json")
            .json
        #expect(later["taken"]?.bool == true && later["replaced"]?.string == "\(earlier)")
        #expect(try await shed.balance().due == 4)
        for wrong in [["--unique-until", "done"], ["--debounce", "x"], ["--unique", "x", "--unique-until", "soon"]] {
            #expect(try await Yardctl.run(["enqueue", "a", "-q", "chores"] + wrong).code == .code(2))
        }
    }

    @Test func `a queue that nobody has ever served is warned of`() async throws {
        let shed = try Shed()
        let worker = try await shed.worker { _, _ in }
        let result = try await Yardctl.run("enqueue", "test.chore", "-q", "chroes", "--json")
        #expect(result.code == .code(0) && result.errors.contains("No worker has ever served the queue chroes"))
        #expect(result.errors.contains("Did you mean chores?"))
        #expect(try result.json["taken"]?.bool == true)
        await worker.stop()
    }

    @Test func `a kind that no worker knows is warned of`() async throws {
        let shed = try Shed()
        let worker = try await shed.worker { _, _ in }
        let result = try await Yardctl.run("enqueue", "test.choer", "-q", "chores")
        #expect(result.code == .code(0) && result.errors.contains("Did you mean test.chore?"))
        await worker.stop()
    }
}
