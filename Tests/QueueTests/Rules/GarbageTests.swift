import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct GarbageTests {
    private func push(_ yard: Yard, _ name: StaticString, _ key: String, _ values: [[UInt8]]) async throws {
        for value in values { _ = try await yard.redis.call(name, key, value) }
    }

    @Test func `garbage among the ready jobs ends as dead letters, and every healthy job runs`() async throws {
        var seed = Seed()
        let yard = try Yard()
        let keys = yard.queue.keys(of: Plain.queue)
        var count = 0
        for priority in Priority.allCases {
            let rubbish = try Rubbish.some(&seed) { try yard.queue.encoder.prepare(Plain(number: 0)).envelope }
            count += rubbish.count
            try await yard.queue.enqueueAll((0..<50).map { Plain(number: $0) }, JobOptions(priority: priority))
            try await push(yard, "LPUSH", keys.ready(priority), rubbish)
            try await yard.queue.enqueueAll((50..<100).map { Plain(number: $0) }, JobOptions(priority: priority))
        }
        let record = Record()
        let worker = try await yard.worker([does(Plain.self) { job, _ in record.add(job.number) }])
        try await eventually { record.count == 300 }
        // What can be read as a job of an unknown kind is parked.
        try await eventually {
            let balance = try await yard.balance(Plain.queue)
            return balance.dead + balance.due == count && balance.leased == 0
        }
        await worker.stop()
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.done == 300 && balance.unstored == balance.dead)
        // What could be read as a job has not come in as anything else yet.
        #expect(balance.foreign > 0 && balance.difference == balance.foreign - count)
        let wasOff = balance.difference != 0
        #expect(try await balance.writeOff(yard.queue.keys(of: Plain.queue), in: yard.redis) == wasOff)
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `garbage under a key stops neither the key nor the queue`() async throws {
        var seed = Seed()
        let yard = try Yard()
        let keys = yard.queue.keys(of: Keyed.queue)
        let half = try Rubbish.some(&seed) {
            try yard.queue.encoder.prepare(Keyed(number: 0), JobOptions(key: "k")).envelope
        }
        let rubbish = half + Array(repeating: [7], count: 9000)
        try await yard.queue.enqueueAll((0..<10).map { Keyed(number: $0) }, JobOptions(key: "k"))
        try await yard.redis.pipeline { writer in
            for value in rubbish {
                writer.command("LPUSH")
                writer.append(keys.keyList("k"))
                writer.append(value)
            }
        }.forEach { if case .error(let text) = $0 { throw RedisError.badProtocol(reason: text.string) } }
        try await yard.queue.enqueueAll((10..<20).map { Keyed(number: $0) }, JobOptions(key: "k"))
        let record = Record()
        let worker = try await yard.worker([does(Keyed.self) { job, _ in record.add(job.number) }])
        try await eventually { record.count == 20 }
        try await eventually {
            let balance = try await yard.balance(Keyed.queue)
            return balance.dead + balance.due == rubbish.count && balance.leased == 0
        }
        await worker.stop()
        let balance = try await yard.balance(Keyed.queue)
        #expect(balance.done == 20 && balance.readyByKey == 0)
        #expect(balance.foreign >= 9000 && balance.difference == balance.foreign - rubbish.count)
    }

    @Test func `garbage among what is due, suspect, leased, cancelled and idle harms nobody`() async throws {
        var seed = Seed()
        let yard = try Yard()
        let keys = yard.queue.keys(of: Plain.queue)
        let rubbish = try Rubbish.some(&seed) { try yard.queue.encoder.prepare(Plain(number: 0)).envelope }
        for (index, value) in rubbish.enumerated() {
            _ = try await yard.redis.call("ZADD", keys.due, index, "odd \(index)")
            if index % 3 > 0 { _ = try await yard.redis.call("HSET", keys.dueEnvelopes, "odd \(index)", value) }
            _ = try await yard.redis.call("HSET", keys.leased("ghost"), "slot \(index)", value)
            _ = try await yard.redis.call("ZADD", keys.cancelled, Timestamp.now.milliseconds, value)
        }
        try await push(yard, "LPUSH", keys.suspect, rubbish)
        try await push(yard, "LPUSH", keys.idle, rubbish)
        _ = try await yard.redis.call("ZADD", keys.workers, 1, "ghost")
        _ = try await yard.redis.call("HSET", keys.control, "cancelling", 1)
        try await yard.queue.enqueueAll((0..<50).map { Plain(number: $0) })
        try await yard.queue.enqueueAll(
            (50..<100).map { Plain(number: $0) }, JobOptions(runAt: .now + .milliseconds(20)))
        let record = Record()
        let worker = try await yard.worker([does(Plain.self) { job, _ in record.add(job.number) }]) {
            // It looks for dead ones once it has lived for so long, and must not seem dead itself.
            $0.lease = .seconds(3)
        }
        try await eventually { record.count == 100 }
        try await eventually {
            let balance = try await yard.balance(Plain.queue)
            return balance.leased == 0 && balance.suspect == 0
        }
        await worker.stop()
        #expect(record.numbers.sorted() == Array(0..<100))
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.foreign > 0 && balance.difference == balance.foreign - 3 * rubbish.count)
    }

    @Test func `a ledger and limits that cannot be read stop no job`() async throws {
        let yard = try Yard()
        let record = Record()
        for queue in [Plain.queue, Keyed.queue] {
            let keys = yard.queue.keys(of: queue)
            for field in ["enqueued", "repushed", "done", "dead", "cancelled", "expired", "keyed", "turn"] {
                _ = try await yard.redis.call("HSET", keys.ledger, field, "garbage")
            }
            for text in ["garbage", "nan", "inf"] {
                for limit in ["limit", "keys:limit:k"] { _ = try await yard.redis.call("SET", keys.base + limit, text) }
                try await yard.control(
                    queue, ["rate": "100000", "burst": "1000", "keyrate": "100000", "keyburst": "1000"])
                let before = record.count
                for number in 0..<10 {
                    if queue == Plain.queue {
                        try await yard.queue.enqueue(Plain(number: number))
                    } else {
                        try await yard.queue.enqueue(Keyed(number: number), JobOptions(key: "k"))
                    }
                }
                let worker = try await yard.worker([
                    does(Plain.self) { job, _ in record.add(job.number) },
                    does(Keyed.self) { job, _ in record.add(job.number) },
                ])
                try await eventually { record.count == before + 10 }
                await worker.stop()
            }
        }
        #expect(record.count == 60)
    }
}
