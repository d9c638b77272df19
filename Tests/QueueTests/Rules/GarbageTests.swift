import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct GarbageTests {
    /// What does not belong there: nothing, single bytes, headers without a job, jobs that were cut, other versions.
    private static func rubbish(_ seed: inout Seed, _ whole: () throws -> Envelope) rethrows -> [[UInt8]] {
        var all: [[UInt8]] = [[], [0], [1], Array("garbage".utf8), Array(repeating: 1, count: 26)]
        for _ in 0..<20 {
            let bytes = try whole().encoded
            all.append(Array(bytes.prefix(.random(in: 1..<bytes.count - 1, using: &seed))))
        }
        for _ in 0..<20 { all.append((0..<Int.random(in: 1...80, using: &seed)).map { _ in seed.next8() }) }
        for claims in UInt8(0)..<16 {
            var half = Array(try whole().encoded.prefix(27))
            half[20] = claims
            all.append(half)
        }
        return all
    }

    private func push(_ yard: Yard, _ name: StaticString, _ key: String, _ values: [[UInt8]]) async throws {
        for value in values { _ = try await yard.redis.call(name, key, value) }
    }

    @Test func `garbage among the ready jobs ends as dead letters, and every healthy job runs`() async throws {
        var seed = Seed()
        let yard = try Yard()
        let keys = yard.queue.keys(of: Plain.queue)
        var count = 0
        for priority in Priority.allCases {
            let rubbish = try Self.rubbish(&seed) { try yard.queue.encoder.prepare(Plain(number: 0)).envelope }
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
        #expect(balance.difference == -count)
    }

    @Test func `garbage under a key stops neither the key nor the queue`() async throws {
        var seed = Seed()
        let yard = try Yard()
        let keys = yard.queue.keys(of: Keyed.queue)
        let half = try Self.rubbish(&seed) {
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
        _ = try await yard.redis.call("HINCRBY", keys.ledger, "keyed", rubbish.count)
        try await yard.queue.enqueueAll((10..<20).map { Keyed(number: $0) }, JobOptions(key: "k"))
        let record = Record()
        let worker = try await yard.worker([does(Keyed.self) { job, _ in record.add(job.number) }])
        try await eventually(within: .seconds(20)) { record.count == 20 }
        try await eventually {
            let balance = try await yard.balance(Keyed.queue)
            return balance.dead + balance.due == rubbish.count && balance.leased == 0
        }
        await worker.stop()
        let balance = try await yard.balance(Keyed.queue)
        #expect(balance.done == 20 && balance.readyByKey == 0)
    }

    @Test func `garbage among what is due, suspect, leased, cancelled and idle harms nobody`() async throws {
        var seed = Seed()
        let yard = try Yard()
        let keys = yard.queue.keys(of: Plain.queue)
        let rubbish = try Self.rubbish(&seed) { try yard.queue.encoder.prepare(Plain(number: 0)).envelope }
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
            $0.lease = .milliseconds(200)
        }
        try await eventually { record.count == 100 }
        try await eventually {
            let balance = try await yard.balance(Plain.queue)
            return balance.leased == 0 && balance.suspect == 0
        }
        await worker.stop()
        #expect(record.numbers.sorted() == Array(0..<100))
    }
}

extension Seed {
    mutating func next8() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
