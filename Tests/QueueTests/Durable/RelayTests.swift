import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct RelayTests {
    @Test func `what a writer committed and never pushed is pushed when it is dead`() async throws {
        try await withBench { bench in
            let dead = bench.neighbour("dead")
            let job = try bench.prepared(1)
            // A process that dies right after its commit.
            let written = try await dead.write([OutboxRow(job)], on: bench.database)
            #expect(written?.jobs.count == 1)
            let relay = bench.relay()
            #expect(try await relay.takeOverDeadWriters() == 0)
            try await bench.database.run("update outbox_writers set alive_until = now() - interval '1 second'")
            #expect(try await relay.takeOverDeadWriters() == 1)
            #expect(try await relay.pushDue() == false)
            #expect(try await bench.readyIDs() == [job.id])
            #expect(try await bench.outboxCount("push_at is null") == 1)
            #expect(try await bench.database.one("select count(*) from outbox_writers", as: Int.self) == 0)
        }
    }

    @Test func `a job that waits for its time and is pushed once more is still one job`() async throws {
        try await withBench { bench in
            let later = try bench.prepared(1, JobOptions(runAt: .now + .seconds(30)))
            try await bench.client.push([later], counting: .enqueued)
            var again = later
            again.envelope.attempts = 1
            try await bench.client.push([again, again], counting: .repushed)
            let balance = try await Balance.read(bench.keys, from: bench.redis)
            #expect(balance.due == 1 && balance.repushed == 0 && balance.difference == 0)
            let kept = try #require(try await bench.redis.call("HVALS", bench.keys.dueEnvelopes).array?.first?.bytes)
            #expect(EnvelopeView(kept)?.attempts == 0)
        }
    }

    @Test func `a writer with an open transaction is not taken for dead`() async throws {
        try await withBench { bench in
            let relay = bench.relay()
            let id = try await bench.durable.transaction { transaction in
                let id = try await transaction.enqueue(Numbered(number: 1))
                try await transaction.writeJobs()
                try await bench.database.run("update outbox_writers set alive_until = now() - interval '1 second'")
                #expect(try await relay.takeOverDeadWriters() == 0)
                return id
            }
            try await eventually { try await bench.readyIDs() == [id] }
            #expect(try await relay.takeOverDeadWriters() == 1)
            // The process lives, but its row is gone: the relay pushes what it writes under that name.
            try await bench.durable.enqueue(Numbered(number: 2))
            #expect(try await bench.outboxCount("push_at is not null") > 0)
            _ = try await relay.pushDue()
            #expect(try await bench.outboxCount("push_at is not null") == 0)
            #expect(Set(try await bench.readyIDs()).count == 2)
        }
    }

    @Test func `jobs that cannot be pushed are left to the relay`() async throws {
        let server = try await RedisServer()
        try await withBench(redis: server.url) { bench in
            try await bench.durable.enqueue(Numbered(number: 0))
            try await eventually { try await bench.readyIDs().count == 1 }
            try await server.kill()
            let ids = try await bench.durable.enqueueAll((1...50).map { Numbered(number: $0) })
            try await eventually { try await bench.outboxCount("push_at is not null") == 50 }
            try await server.start()
            let relay = bench.relay()
            try await relay.start()
            try await eventually { try await Set(bench.readyIDs()).isSuperset(of: ids) }
            await relay.stop()
            try await eventually { try await bench.outboxCount("push_at is not null") == 0 }
        }
    }

    @Test func `a full queue holds up only itself, and its jobs come when there is room`() async throws {
        try await withBench { bench in
            try await bench.redis.call("HSET", bench.keys.control, "maxlength", 1)
            try await bench.durable.enqueueAll((0..<3).map { Numbered(number: $0) })
            try await eventually { try await bench.outboxCount("push_at is not null") == 3 }
            let other = QueueName("other")
            var elsewhere = try bench.prepared(9)
            elsewhere.queue = other
            try await bench.durable.enqueue(elsewhere)
            let relay = bench.relay()
            try await eventually {
                _ = try await relay.pushDue()
                return try await bench.redis.call("LLEN", bench.client.keys(of: other).ready(.normal)).int == 1
            }
            #expect(try await bench.readyIDs().isEmpty)
            try await bench.redis.call("HDEL", bench.keys.control, "maxlength")
            try await eventually {
                _ = try await relay.pushDue()
                return try await bench.readyIDs().count == 3
            }
        }
    }

    @Test func `a job that is due much later waits in PostgreSQL alone`() async throws {
        try await withBench { bench in
            let later = JobOptions(runAt: .now + .hours(1))
            let soon = JobOptions(runAt: .now + .seconds(30))
            let far = try await bench.durable.enqueue(Numbered(number: 1), later)
            let near = try await bench.durable.enqueue(Numbered(number: 2), soon)
            try await eventually { try await bench.redis.call("ZCARD", bench.keys.due).int == 1 }
            #expect(try await bench.outboxCount("push_at is not null and id = \(far)") == 1)
            #expect(try await bench.outboxCount("push_at is null and id = \(near)") == 1)
            let relay = bench.relay()
            _ = try await relay.pushDue()
            #expect(try await bench.redis.call("ZCARD", bench.keys.due).int == 1)
            try await bench.database.run(
                "update outbox set run_at = now() + interval '50 seconds', push_at = now() where id = \(far)")
            _ = try await relay.pushDue()
            #expect(try await bench.redis.call("ZCARD", bench.keys.due).int == 2)
        }
    }

    @Test func `rows that are left to relays are pushed when they are written, not at the next look`() async throws {
        try await withBench { bench in
            // A clock that stands still: nothing is looked for a second time.
            let relay = Relay(
                bench.durable, queues: [Numbered.queue], loops: Durables.loops, clock: ManualClock(.now),
                logger: .silent)
            try await relay.start()
            let bell = RelayBell()
            #expect(bell.rings() && !bell.rings())
            var written = 0
            try await eventually {
                written += 1
                try await Outbox.insertForRelay(
                    [OutboxRow(try bench.prepared(written))], rings: true, on: bench.database)
                return try await bench.readyIDs().count > 1
            }
            await relay.stop()
        }
    }

    @Test func `two relays at once push each due row once`() async throws {
        try await withBench { bench in
            let rows = try (0..<2000).map { OutboxRow(try bench.prepared($0)) }
            try await Outbox.insertForRelay(rows, on: bench.database)
            let relays = [bench.relay { $0.page = 100 }, bench.relay { $0.page = 100 }]
            try await withThrowingTaskGroup { group in
                for relay in relays { group.addTask { while try await relay.pushDue() {} } }
                try await group.waitForAll()
            }
            while try await relays[0].pushDue() {}
            let ids = try await bench.readyIDs()
            #expect(ids.count == 2000)
            #expect(Set(ids).count == 2000)
            #expect(try await bench.outboxCount("push_at is not null") == 0)
        }
    }

    @Test func `after a flush all live jobs are there again, with nothing else happening, and have one effect`()
        async throws
    {
        try await withBench { bench in
            try await bench.database.run("create table effects (job uuid)")
            let ids = try await bench.durable.enqueueAll((0..<1500).map { Numbered(number: $0) })
            try await eventually { try await bench.readyIDs().count == 1500 }
            let relays = [bench.relay(), bench.relay()]
            for relay in relays { try await relay.checkEpochs() }
            #expect(try await bench.readyIDs().count == 1500)
            try await bench.durable.finish(Array(ids[..<500]), as: .done)
            // Some were taken before the flush, and end after it.
            let taken = Array(ids[500..<600])
            try await bench.flush()
            for relay in relays { try await relay.start() }
            try await eventually { try await Set(bench.readyIDs()) == Set(ids[500...]) }
            for relay in relays { await relay.stop() }
            for id in taken + (try await bench.readyIDs()) {
                do {
                    try await bench.durable.transaction(finishing: id) { transaction in
                        _ = try await transaction.run("insert into effects (job) values (\(id))")
                    }
                } catch is JobAlreadyFinished {}
            }
            let effects = try await bench.database.one(
                "select count(*), count(distinct job) from effects", as: (Int, Int).self)
            #expect(effects == (1000, 1000))
            #expect(try await bench.outboxCount() == 0)
        }
    }

    @Test func `a unique job that was pushed again waits for the one that has its key`() async throws {
        try await withBench { bench in
            let options = JobOptions(unique: .untilStarted("same"))
            let first = try await bench.durable.enqueue(Numbered(number: 1), options)
            try await eventually { try await bench.readyIDs() == [first] }
            // The first has begun, so its key is free for the second.
            _ = try await bench.takeReady()
            try await bench.flush()
            let relay = bench.relay { $0.pauseOfDuplicate = .milliseconds(10) }
            let second = try await bench.durable.enqueue(Numbered(number: 2), options)
            try await eventually { try await bench.readyIDs() == [second] }
            try await relay.checkEpochs()
            #expect(try await bench.outboxCount() == 2)
            #expect(try await bench.outboxCount("push_at is not null and id = \(first)") == 1)
            try await bench.flush()
            try await eventually {
                _ = try await relay.pushDue()
                return try await bench.readyIDs() == [first]
            }
        }
    }

    @Test func `the audit finds a job that Redis lost with its epoch unchanged`() async throws {
        try await withBench { bench in
            let ids = try await bench.durable.enqueueAll((0..<20).map { Numbered(number: $0) })
            try await eventually { try await bench.readyIDs().count == 20 }
            let relay = bench.relay { $0.auditAge = .seconds(-60) }
            #expect(try await relay.audit(Numbered.queue) == 0)
            let envelopes = try await bench.readyEnvelopes()
            _ = try await bench.takeReady()
            // Wherever a job lies, it is found: leased, suspect, due, under a key, dead.
            try await bench.redis.call("ZADD", bench.keys.workers, 1, "w")
            try await bench.redis.call("HSET", bench.keys.leased("w"), "0", envelopes[0].encoded)
            try await bench.redis.call("LPUSH", bench.keys.suspect, envelopes[1].encoded)
            try await bench.redis.call("ZADD", bench.keys.due, 1, ids[2].bytes)
            try await bench.redis.call("LPUSH", bench.keys.keyList("k"), envelopes[3].encoded)
            try await bench.redis.call("SADD", bench.keys.keyFull, "k")
            try await bench.redis.call("RPUSH", bench.keys.dead, envelopes[4].encoded)
            for envelope in envelopes[5..<18] {
                try await bench.redis.call("LPUSH", bench.keys.ready(.low), envelope.encoded)
            }
            #expect(try await relay.audit(Numbered.queue) == 2)
            _ = try await relay.pushDue()
            #expect(Set(try await bench.readyIDs()) == Set(ids[18...]))
        }
    }
}
