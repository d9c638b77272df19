import Glibc
import JSON
import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// The processes themselves, with their own clocks.
@Suite(.ownStores) struct SchedulerProcessTests {
    private func process(_ name: String) throws -> TestProcess {
        try TestProcess(
            ours: name, environment: ["REDIS_PREFIX": try TestStores.current.redisPrefix, "LEASE_SECONDS": "1"])
    }

    @Test func `two schedulers look after due jobs and dead workers, and one goes on alone`() async throws {
        try await withBench { bench in
            // All modules' tables, or the processes complain.
            let migrating = try TestProcess(ours: "yardctl", ["migrate"])
            #expect(try await migrating.waitForExit() == .code(0))
            let schedulers = [try process("scheduler"), try process("scheduler")]
            for scheduler in schedulers { try await scheduler.waitForLine(containing: #""ready""#) }
            let record = Record()
            let worker = Worker(
                handlers: Handlers([
                    does(Upkeep.self) { job, _ in
                        record.add(job.number)
                        if job.number == 5 { throw JobOutcome.fail("it is of no use") }
                    }
                ]), queue: bench.client,
                durable: bench.durable,
                redis: try RedisOptions(url: TestStores.current.redisURL), loops: LoopGroup(count: 1), logger: .silent
            ) { _ in }
            // A worker that died, in the middle of a job; those of later do not know its queue yet.
            let keys = bench.client.keys(of: Upkeep.queue)
            func leaveBehind(_ number: Int) async throws -> JobID {
                let job = try bench.client.encoder.prepare(Upkeep(number: number))
                try await bench.redis.call("HSET", keys.leased("dead \(number)"), 0, job.envelope.encoded)
                try await bench.redis.call("ZADD", keys.workers, 1, "dead \(number)")
                try await bench.redis.call("HINCRBY", keys.ledger, "enqueued", 1)
                return job.id
            }
            func due(_ number: Int) async throws -> [JobID] {
                let soon = JobOptions(runAt: .now + .milliseconds(300))
                return [
                    try await bench.client.enqueue(Upkeep(number: number), soon).id,
                    try await bench.durable.enqueue(Upkeep(number: number + 1), soon),
                ]
            }
            // Schedulers may put jobs of their own there, by their plan.
            func areReady(_ ids: [JobID]) async throws -> Bool {
                let found = try await bench.redis.call("LRANGE", keys.ready(.normal), 0, -1).expectArray()
                return Set(found.compactMap { $0.bytes.flatMap { EnvelopeView($0) }?.id }).isSuperset(of: ids)
            }
            let first = [try await leaveBehind(1)] + (try await due(2))
            try await eventually { try await areReady(first) }
            schedulers[0].send(SIGKILL)
            let second = [try await leaveBehind(4)] + (try await due(5))
            try await eventually { try await areReady(first + second) }
            try await worker.start()
            try await eventually { Set(record.numbers) == Set(1...6) }
            try await eventually { try await bench.outboxCount() == 0 }
            let letters = DeadLetters(bench.durable)
            try await eventually("the dead letter") {
                try await letters.list(DeadLetterFilter()).map(\.lastError) == ["it is of no use"]
            }
            await worker.stop()
            // Nobody renews the row of this writer: what is durable may be pushed, and run, once more.
            #expect(record.numbers.filter { $0 != 3 && $0 != 6 }.sorted() == [1, 2, 4, 5])
            schedulers[1].send(SIGTERM)
            #expect(try await schedulers[1].waitForExit() == .code(0))
            #expect(!schedulers[1].output.contains(#""level":"error""#))
            let balance = try await Balance.read(bench.client.keys(of: Upkeep.queue), from: bench.redis)
            #expect(balance.difference == 0, "\(balance)")
        }
    }

    @Test func `a scheduler says once that Redis is away, and once that it is back`() async throws {
        try await withBench { _ in
            let redis = try await RedisServer()
            let scheduler = try TestProcess(ours: "scheduler", environment: ["REDIS_URL": redis.url])
            try await scheduler.waitForLine(containing: #""ready""#)
            func lines(_ text: String) -> Int { scheduler.lines.count { $0.contains(text) } }
            try await redis.kill()
            try await eventually { lines("store does not answer") == 1 }
            // Meanwhile every chore has met it, some of them several times.
            let begun = MonotonicTime.now
            try await eventually { MonotonicTime.now - begun > .seconds(4) }
            try await redis.start()
            try await eventually { lines("store answers again") == 1 }
            scheduler.send(SIGTERM)
            #expect(try await scheduler.waitForExit() == .code(0))
            #expect(lines("store does not answer") == 1)
            #expect(lines(#""level":"warning""#) < 8, "\(scheduler.output)")
        }
    }

    /// Where a scheduler is while it waits for a lock that the test holds.
    enum Step: String, CaseIterable {
        case storesOccurrence = "before insert on cron_occurrences"
        case storesJob = "before insert on outbox"
        case storesPlan = "before update on cron_entries"
        case commits = "after insert on cron_occurrences deferrable initially deferred"

        var trigger: String { self == .commits ? "constraint trigger" : "trigger" }
    }

    @Test(arguments: Step.allCases)
    func `a scheduler that is killed in the middle of a run has enqueued it once or not at all`(
        step: Step
    ) async throws {
        try await withBench { bench in
            let url = try TestStores.current.databaseURL
            let first = try process("scheduler-probe")
            try await eventually { try await bench.ticks().count >= 1 }
            // Holds up whoever comes to that step.
            try await Psql.run(
                """
                create function hold_up() returns trigger language plpgsql as
                    $$ begin perform pg_advisory_xact_lock_shared(4711); return new; end $$;
                """, on: url)
            let lock = try await bench.database.hold(4711)
            try await Psql.run(
                "create \(step.trigger) hold_up \(step.rawValue) for each row execute function hold_up()", on: url)
            try await eventually { try await bench.database.isWaiting(for: 4711) }
            first.send(SIGKILL)
            try await first.waitForExit()
            await lock.release()
            try await Psql.run("drop function hold_up cascade", on: url)
            let second = try process("scheduler-probe")
            let stored = try await bench.ticks().count
            try await eventually { try await bench.ticks().count >= stored + 2 }
            // The writer is dead; nobody waits for its lease here.
            try await bench.database.run(
                "update outbox_writers set alive_until = now() where name like 'scheduler-probe%'")
            second.send(SIGTERM)
            #expect(try await second.waitForExit() == .code(0))
            let ticks = try await bench.ticks()
            let all = try #require(ticks.first).seconds...(try #require(ticks.last).seconds)
            #expect(ticks.map(\.seconds) == Array(all))
            let unlike: Int = try await bench.database.one(
                """
                select count(*) from outbox o full join cron_occurrences c on c.job_id = o.id
                where o.id is null or c.job_id is null
                """)
            #expect(unlike == 0)
            try await bench.relay().takeOverDeadWriters()
            try await eventually {
                _ = try await bench.relay().pushDue()
                return try await bench.readyTicks() >= ticks.count
            }
        }
    }
}

/// A job of the platform's own queue.
struct Upkeep: Job, Codable {
    static let kind = "test.upkeep"
    static let queue = QueueName.maintenance
    let number: Int
}

/// A lock that a test holds in PostgreSQL.
private struct HeldLock: Sendable {
    fileprivate let end: AsyncStream<Void>.Continuation
    fileprivate let holder: Task<Void, any Error>

    func release() async {
        end.finish()
        _ = await holder.result
    }
}

extension Database {
    fileprivate func hold(_ lock: Int) async throws -> HeldLock {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let (begins, begin) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await transaction { transaction in
                try await transaction.run("select pg_advisory_xact_lock(\(lock))")
                begin.finish()
                for await _ in ends {}
            }
        }
        for await _ in begins {}
        return HeldLock(end: end, holder: holder)
    }

    fileprivate func isWaiting(for lock: Int) async throws -> Bool {
        try await one(
            """
            select exists (
                select from pg_locks l join pg_database d on d.oid = l.database
                where l.locktype = 'advisory' and l.objid = \(lock) and not l.granted
                    and d.datname = current_database()
            )
            """)
    }
}
