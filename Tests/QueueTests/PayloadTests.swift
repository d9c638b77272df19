import Crypto
import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct PayloadTests {
    /// A worker beside a bench, on the bench's own client.
    private func worker(
        of bench: Bench, client: QueueClient, _ handle: @escaping @Sendable (Numbered, JobContext) async throws -> Void
    ) async throws -> Worker {
        let worker = Worker(
            handlers: Handlers([does(Numbered.self, handle)]), queue: client, durable: bench.durable,
            redis: try RedisOptions(url: TestStores.current.redisURL), loops: LoopGroup(count: 1), logger: .silent)
        try await worker.start()
        return worker
    }

    private func client(of bench: Bench, sealing: SealingKeys? = nil) throws -> QueueClient {
        QueueClient(
            redis: bench.redis, loops: Durables.loops, prefix: try TestStores.current.redisPrefix,
            encoder: JobEncoder(sealing: sealing), payloads: PayloadStore(database: bench.database))
    }

    private func storedPayloads(_ bench: Bench) async throws -> Int {
        try await bench.database.one("select count(*) from job_payloads")
    }

    @Test func `a large payload of a volatile job lies in PostgreSQL until the job has ended`() async throws {
        try await withBench { bench in
            let client = try client(of: bench)
            let filler = String(repeating: "ä", count: 50_000)
            try await client.enqueue(Numbered(number: 1, filler: filler))
            let envelope = try #require(try await bench.readyEnvelopes().first)
            #expect(envelope.payload.isEmpty)
            #expect(try await storedPayloads(bench) == 1)
            let record = Record()
            let worker = try await worker(of: bench, client: client) { job, _ in
                if job.filler == filler { record.add(job.number) }
            }
            try await eventually { record.numbers == [1] }
            try await eventually { try await storedPayloads(bench) == 0 }
            await worker.stop()
            #expect(try await Balance.read(bench.keys, from: bench.redis).difference == 0)
        }
    }

    @Test func `a job that a full queue refuses leaves no payload behind`() async throws {
        try await withBench { bench in
            let client = try client(of: bench)
            let large = Numbered(number: 1, filler: String(repeating: "x", count: 10_000))
            try await client.enqueue(Numbered(number: 0))
            _ = try await bench.redis.call("HSET", bench.keys.control, "maxlength", 1)
            await #expect(throws: QueueError.self) { try await client.enqueue(large) }
            #expect(try await storedPayloads(bench) == 0)
        }
    }

    @Test func `the payload of a dropped duplicate is dropped with it`() async throws {
        try await withBench { bench in
            let client = try client(of: bench)
            let large = Numbered(number: 1, filler: String(repeating: "x", count: 10_000))
            let first = try await client.enqueue(large, JobOptions(unique: .untilDone("one")))
            let second = try await client.enqueue(large, JobOptions(unique: .untilDone("one")))
            #expect(second == .duplicate(of: first.id))
            #expect(try await storedPayloads(bench) == 1)
        }
    }

    @Test func `without a database a large payload is refused, and nothing is enqueued`() async throws {
        try await withBench { bench in
            let large = Numbered(number: 1, filler: String(repeating: "x", count: 10_000))
            await #expect(throws: QueueError.self) { try await bench.client.enqueue(large) }
            let ready = try await bench.readyIDs()
            #expect(ready.isEmpty)
        }
    }

    @Test func `payloads are sealed in Redis, and workers with the newer key still open the older`() async throws {
        try await withBench { bench in
            let old = SealingKey.random(id: 1)
            let new = SealingKey.random(id: 2)
            let writer = try client(of: bench, sealing: SealingKeys(current: old))
            try await writer.enqueue(Numbered(number: 1, filler: "secret words"))
            try await writer.enqueue(Numbered(number: 2, filler: String(repeating: "secret ", count: 5000)))
            for envelope in try await bench.readyEnvelopes() {
                #expect(!String(decoding: envelope.payload, as: UTF8.self).contains("secret"))
            }
            let record = Record()
            let reader = try client(of: bench, sealing: SealingKeys(current: new, older: [old]))
            let worker = try await worker(of: bench, client: reader) { job, _ in
                if job.filler.hasPrefix("secret") { record.add(job.number) }
            }
            try await eventually { record.numbers.sorted() == [1, 2] }
            await worker.stop()
        }
    }

    /// Keys that a worker has before its deploy.
    enum EarlierKeys: CaseIterable, Sendable { case none, another }

    @Test(arguments: EarlierKeys.allCases, [0, 20_000])
    func `a sealed job whose key no worker has is parked, says why, and runs when one has it`(
        earlier: EarlierKeys, size: Int
    ) async throws {
        try await withBench { bench in
            let key = SealingKey.random(id: 7)
            let writer = try client(of: bench, sealing: SealingKeys(current: key))
            let secret = Numbered(number: 1, filler: String(repeating: "s", count: size))
            let id = try await writer.enqueue(secret, JobOptions(unique: .untilStarted("one"))).id
            let old = earlier == .none ? nil : SealingKeys(current: .random(id: 1))
            let before = try await worker(of: bench, client: try client(of: bench, sealing: old)) { _, _ in }
            let listing = JobListing(Numbered.queue, redis: bench.redis, prefix: bench.client.prefix)
            let parked = try await eventuallySome { try await listing.page(.parked).jobs.first }
            await before.stop()
            #expect(parked.id == id && parked.envelope.attempts == 0)
            #expect(parked.envelope.options.obstacle == .noKey(7))
            // It has not begun, so it still stands for others of its like.
            #expect(try await writer.enqueue(secret, JobOptions(unique: .untilStarted("one"))) == .duplicate(of: id))
            let found = try await QueueChecks(Numbered.queue, redis: bench.redis, prefix: bench.client.prefix)
                .findings()
            #expect(found.contains { $0.check == "parked-no-key" && $0.text.hasPrefix("1 job is parked") })
            let record = Record()
            let after = try await worker(of: bench, client: writer) { job, context in
                record.add(Int(context.attempt))
                if record.count == 1 { throw JobOutcome.retryAfter(.hours(1), "not yet") }
            }
            let retrying = try await eventuallySome { try await listing.page(.retrying).jobs.first }
            #expect(record.numbers == [1] && retrying.envelope.options.parkedSince == nil)
            let operations = JobOperations(redis: bench.redis, prefix: bench.client.prefix)
            #expect(try await operations.reschedule(id, in: Numbered.queue, to: .now))
            try await eventually { try await Balance.read(bench.keys, from: bench.redis).done == 1 }
            await after.stop()
        }
    }
}
