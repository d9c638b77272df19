import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct SchedulingTests {
    private func known(_ bench: Bench, _ declared: [QueueName] = [Numbered.queue]) -> KnownQueues {
        KnownQueues(declared, durable: bench.durable)
    }

    @Test func `the queues of the code, of workers and of durable jobs are known`() async throws {
        try await withBench { bench in
            let worker = Worker(
                handlers: Handlers([does(Ordered.self) { _, _ in }]), queue: bench.client,
                redis: try RedisOptions(url: TestStores.current.redisURL), loops: LoopGroup(count: 1), logger: .silent
            ) { _ in }
            try await worker.start()
            try await bench.durable.enqueue(Ticked(.now))
            try await eventually {
                let found = await known(bench).all()
                return found.map(\.name) == ["numbers", "ordered", "ticks"] && found[1].style == .ordered
            }
            await worker.stop()
            try await bench.redis.call(
                "SADD", KnownQueues.registryKey(bench.client.prefix), "no style", "UPPER:0", "a:9")
            #expect(await known(bench).all().map(\.name) == ["numbers", "ordered", "ticks"])
        }
    }

    @Test func `due jobs become ready without any worker`() async throws {
        try await withBench { bench in
            let due = Timestamp.now + .milliseconds(300)
            try await bench.client.enqueueAll((0..<1200).map { Numbered(number: $0) }, JobOptions(runAt: due))
            try await bench.client.enqueue(Numbered(number: 9999), after: .hours(1))
            let promoter = Promoter(known(bench), client: bench.client, loops: Durables.loops, logger: .silent)
            try await promoter.start()
            try await eventually { try await bench.readyIDs().count == 1200 }
            #expect(.now >= due)
            await promoter.stop()
            let balance = try await Balance.read(bench.keys, from: bench.redis)
            #expect(balance.due == 1 && balance.difference == 0)
        }
    }

    @Test func `the jobs of a dead worker come back, but not before Redis has been there for a lease`() async throws {
        try await withBench { bench in
            let id = try await bench.lease(to: "dead", until: .now - .seconds(1))
            var options = WorkerOptions()
            options.lease = .milliseconds(600)
            let rescuer = Rescuer(
                known(bench), client: bench.client, options: options, loops: Durables.loops, logger: .silent)
            let began = MonotonicTime.now
            try await rescuer.start()
            try await eventually { try await bench.readyIDs() == [id] }
            #expect(MonotonicTime.now - began > options.lease)
            await rescuer.stop()
        }
    }

    @Test func `books that do not balance are told once, at the second look, and shown`() async throws {
        try await withBench { bench in
            try await LogCapture.during { log in
                let metrics = MetricsRegistry()
                let bookkeeper = Bookkeeper(
                    known(bench), durable: bench.durable, loops: Durables.loops, metrics: metrics, logger: .silent)
                let difference = metrics.gauges("queue_ledger_difference", "", labels: ["queue"]).with("numbers")
                try await bench.client.enqueueAll([Numbered(number: 1), Numbered(number: 2)])
                try await bookkeeper.checkAll()
                try await bench.redis.call("LPOP", bench.keys.ready(.normal))
                try await bookkeeper.checkAll()
                #expect(difference.value == 0 && log.messages.isEmpty)
                for _ in 0..<3 { try await bookkeeper.checkAll() }
                #expect(difference.value == 1)
                #expect(log.events.map(\.level) == [.error])
                try await bench.redis.call("HINCRBY", bench.keys.ledger, "done", 1)
                try await bookkeeper.checkAll()
                #expect(difference.value == 0 && log.messages.count == 1)
            }
        }
    }

    @Test func `the gauges say how a queue stands`() async throws {
        try await withBench { bench in
            let metrics = MetricsRegistry()
            let bookkeeper = Bookkeeper(
                known(bench), durable: bench.durable, loops: Durables.loops, metrics: metrics, logger: .silent)
            try await bench.lease(to: "worker", until: .now + .minutes(1))
            try await bench.client.enqueueAll((0..<3).map { Numbered(number: $0) })
            try await bench.client.enqueue(Numbered(number: 9), after: .hours(1))
            // Far in the past, so that the age is known.
            var old = try bench.prepared(7)
            old.envelope.id = JobID(UUID.first(at: .now - .seconds(100)))
            try await bench.client.push([old], counting: .enqueued)
            try await bench.redis.call("LMOVE", bench.keys.ready(.normal), bench.keys.ready(.normal), "LEFT", "RIGHT")
            try await bookkeeper.checkAll()
            var text = ByteBuffer()
            metrics.write(to: &text)
            let lines = Set(String(decoding: text.toArray(), as: UTF8.self).split(separator: "\n"))
            #expect(lines.contains(#"queue_jobs{queue="numbers",state="ready"} 4"#))
            #expect(lines.contains(#"queue_jobs{queue="numbers",state="due"} 1"#))
            #expect(lines.contains(#"queue_jobs{queue="numbers",state="leased"} 1"#))
            let age = metrics.gauges("queue_oldest_ready_seconds", "", labels: ["queue"]).with("numbers").value
            #expect(age >= 100 && age < 160)
        }
    }

    @Test func `what Redis still knows of the last two hours is stored when a scheduler starts`() async throws {
        try await withBench { bench in
            let minute = Timestamp.now.seconds / 60 - 100
            try await bench.redis.call("HSET", bench.keys.stats(minute: minute), "done", 7)
            let chronicler = Chronicler(known(bench), durable: bench.durable, loops: Durables.loops, logger: .silent)
            try await chronicler.start()
            let rollUp = StatisticsRollUp(database: bench.database, client: bench.client)
            try await eventually {
                let points = try await rollUp.read(
                    Numbered.queue, from: .now - .hours(3), to: .now, by: .hour)
                return points.map(\.amount) == [7]
            }
            await chronicler.stop()
        }
    }

    @Test func `what is old goes, and nothing else`() async throws {
        try await withBench { bench in
            let pruner = Pruner(known(bench), durable: bench.durable, loops: Durables.loops, logger: .silent)
            try await bench.database.run(
                """
                insert into cron_occurrences (name, planned_at, outcome, job_id, recorded_at)
                select 'tick', now() - age * interval '1 day', 'enqueued', gen_random_uuid(), now() - age * interval '1 day'
                from generate_series(1, 120) as ages (age)
                """)
            #expect(try await pruner.pruneOccurrences() == 31)
            let now = Timestamp.now.milliseconds
            try await bench.redis.call("ZADD", bench.keys.cancelled, now - 90_000_000, "old", now - 1000, "new")
            try await bench.redis.call("HSET", bench.keys.control, "cancelling", 1)
            #expect(try await pruner.pruneWishes() == 1)
            #expect(try await bench.redis.call("HEXISTS", bench.keys.control, "cancelling").int == 1)
            try await bench.redis.call("ZADD", bench.keys.cancelled, 0, "new")
            #expect(try await pruner.pruneWishes() == 1)
            #expect(try await bench.redis.call("HEXISTS", bench.keys.control, "cancelling").int == 0)
        }
    }

    @Test func `batches and chains that ended long ago are removed`() async throws {
        try await withBench { bench in
            var retention = Pruner.Retention()
            let member = try bench.client.encoder.prepare(Numbered(number: 1))
            let step = try bench.client.encoder.prepare(Numbered(number: 2))
            try await bench.database.run(
                """
                insert into batches (id, description, created_at, completed_at)
                values (\(member.id), 'old', now() - interval '9 days', now() - interval '8 days')
                """)
            try await bench.database.run(
                """
                insert into chains (id, description, created_at, completed_at)
                values (\(step.id), 'old', now() - interval '9 days', now() - interval '8 days')
                """)
            // One that has stopped can go on only as long as its dead step can be retried.
            let stopped = try (0..<2).map { _ in try bench.client.encoder.prepare(Numbered(number: 3)) }
            for job in stopped {
                try await bench.database.run(
                    """
                    insert into chains (id, description, created_at, stopped_at, stopped_by, stopped_outcome)
                    values (\(job.id), 'stopped', now() - interval '9 days', now() - interval '8 days', \(job.id), 'dead')
                    """)
            }
            try await bench.database.run(
                """
                insert into dead_letters (
                    job_id, death, queue, style, kind, priority, envelope, is_readable, attempts, crashes, errors,
                    error_type, last_error, fingerprint, enqueued_at
                )
                values (\(stopped[0].id), 1, 'numbers', 0, 'x', 1, '', true, 1, 0, '[]', 'x', 'x', 'x', now())
                """)
            for (days, expected) in [(10, 0), (7, 3)] {
                retention.batches = .days(days)
                let pruner = Pruner(
                    known(bench), durable: bench.durable, retention: retention, loops: Durables.loops, logger: .silent)
                #expect(try await pruner.pruneBatches() == expected)
            }
        }
    }

    @Test func `a chore that fails is told once, and when it works again`() async throws {
        try await LogCapture.during { log in
            struct Broken: Error {}
            let runs = Record()
            let chores = Chores(
                [
                    Chore("sweep", every: .milliseconds(1)) {
                        runs.add(1)
                        if runs.count < 20 { throw Broken() }
                        return false
                    }
                ], loops: Durables.loops, clock: SystemClock(), logger: .silent)
            chores.start()
            try await eventually { runs.count > 25 }
            await chores.stop()
            #expect(log.messages == ["a chore failed", "a chore works again"])
        }
    }

    @Test func `a unique key whose job is gone is released, others stay`() async throws {
        try await withBench { bench in
            var retention = Pruner.Retention()
            retention.secondLook = .milliseconds(1)
            let pruner = Pruner(
                known(bench), durable: bench.durable, retention: retention, loops: Durables.loops, logger: .silent)
            func enqueue(_ unique: Uniqueness) async throws -> PushAnswer {
                try await bench.client.enqueue(Numbered(number: 1), JobOptions(unique: unique))
            }
            let kept = try await enqueue(.untilDone("kept")).id
            #expect(try await pruner.pruneUniqueKeys() == 0)
            _ = try await enqueue(.untilDone("lost"))
            _ = try await enqueue(.forTime("for a time", .minutes(1)))
            // What is left of these are their keys.
            for _ in 0..<2 { try await bench.redis.call("LPOP", bench.keys.ready(.normal)) }
            #expect(try await pruner.pruneUniqueKeys() == 1)
            #expect(try await enqueue(.untilDone("kept")) == .duplicate(of: kept))
            guard case .taken = try await enqueue(.untilDone("lost")) else {
                Issue.record("the key of a job that is gone is still held")
                return
            }
            guard case .duplicate = try await enqueue(.forTime("for a time", .minutes(1))) else {
                Issue.record("a key that ends by itself was released")
                return
            }
        }
    }
}

extension Bench {
    /// A job that some worker holds.
    @discardableResult
    func lease(to incarnation: String, until end: Timestamp) async throws -> JobID {
        let job = try prepared(1)
        try await redis.call("HSET", keys.leased(incarnation), 0, job.envelope.encoded)
        try await redis.call("ZADD", keys.workers, end.milliseconds, incarnation)
        try await redis.call("HINCRBY", keys.ledger, "enqueued", 1)
        return job.id
    }
}
