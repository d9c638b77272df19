import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Pauses and limits, which Redis may forget.
@Suite(.ownStores) struct SettingsTests {
    private func worker(of bench: Bench, _ record: Record) async throws -> Worker {
        var options = WorkerOptions()
        options.lease = .seconds(60)
        options.beat = .milliseconds(50)
        let worker = Worker(
            handlers: Handlers([does(Numbered.self) { job, _ in record.add(job.number) }]), queue: bench.client,
            durable: bench.durable, redis: try RedisOptions(url: TestStores.current.redisURL),
            loops: LoopGroup(count: 1), options: options, logger: .silent)
        try await worker.start()
        return worker
    }

    private func control(_ bench: Bench) -> QueueControl {
        QueueControl(Numbered.queue, redis: bench.redis, prefix: bench.client.prefix, database: bench.database)
    }

    @Test func `a pause and limits hold when Redis has lost its memory`() async throws {
        try await withBench { bench in
            let record = Record()
            let control = control(bench)
            try await control.setLimits([.concurrency: 3, .keyRate: 2.5, .burst: 7])
            try await control.setLimits([.burst: nil])
            try await control.pause()
            let relay = bench.relay()
            try await relay.start()
            let worker = try await worker(of: bench, record)
            try await bench.durable.enqueueAll((0..<5).map { Numbered(number: $0) })
            try await eventually { try await bench.readyIDs().count == 5 }
            let before = try await control.settings()
            #expect(before.isPaused && before.concurrency == 3 && before.keyRate == 2.5 && before.burst == nil)
            try await bench.flush()
            try await eventually { try await bench.readyIDs().count == 5 }
            #expect(try await control.settings() == before)
            #expect(record.numbers == [])
            try await control.resume()
            try await eventually { try await bench.outboxCount() == 0 }
            #expect(record.numbers.sorted() == Array(0..<5))
            try await bench.flush()
            try await eventually { try await control.settings().concurrency == 3 }
            #expect(try await control.settings().isPaused == false)
            await worker.stop()
            await relay.stop()
        }
    }

    @Test func `a worker restores the pause before it takes the first job after a loss`() async throws {
        try await withBench { bench in
            let record = Record()
            let control = control(bench)
            let worker = try await worker(of: bench, record)
            try await bench.client.enqueue(Numbered(number: 1))
            try await eventually { record.numbers == [1] }
            try await control.pause()
            try await bench.flush()
            try await bench.client.enqueue(Numbered(number: 2))
            // It has looked, and sleeps.
            try await eventually { try await bench.redis.call("LLEN", bench.keys.idle).int == 1 }
            #expect(try await control.settings().isPaused)
            #expect(record.numbers == [1])
            try await control.resume()
            try await eventually { record.numbers == [1, 2] }
            await worker.stop()
        }
    }

    @Test func `a queue that no durable job was ever in gets its pause back`() async throws {
        try await withBench { bench in
            let control = QueueControl(
                QueueName("elsewhere"), redis: bench.redis, prefix: bench.client.prefix, database: bench.database)
            try await control.pause()
            try await self.control(bench).pause()
            let relay = bench.relay()
            try await relay.checkEpochs()
            try await bench.flush()
            #expect(try await control.settings().isPaused == false)
            // Not even one that something else has broken keeps it from that.
            try await bench.redis.call("SET", bench.keys.control, "no hash")
            await #expect(throws: RedisError.self) { try await relay.checkEpochs() }
            #expect(try await control.settings().isPaused)
        }
    }

    @Test func `what Redis refuses is not kept either`() async throws {
        try await withBench { bench in
            try await bench.redis.call("SET", bench.keys.control, "no hash")
            await #expect(throws: RedisError.self) { try await control(bench).pause() }
            #expect(try await bench.database.one("select count(*) from queue_settings", as: Int.self) == 0)
        }
    }
}
