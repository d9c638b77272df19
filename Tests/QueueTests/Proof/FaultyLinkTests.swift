import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Queue

/// What a bad network and a bad server do to workers that live.
@Suite struct FaultyLinkTests {
    /// Plain, keyed, ordered and unique jobs, numbered through; how many.
    private func enqueue(_ yard: Yard, _ count: Int) async throws -> Int {
        try await yard.queue.enqueueAll((0..<count).map { Plain(number: $0) })
        for number in 0..<count / 4 {
            let key = JobOptions(key: "key \(number % 5)")
            try await yard.queue.enqueue(Keyed(number: count + 3 * number), key)
            try await yard.queue.enqueue(Ordered(number: count + 3 * number + 1), key)
            try await yard.queue.enqueue(
                Plain(number: count + 3 * number + 2), JobOptions(unique: .untilDone("\(number)")))
        }
        return count + 3 * (count / 4)
    }

    private func handlers(_ record: Record, pace: Duration = .zero) -> [AnyHandler] {
        let run: @Sendable (Int) async throws -> Void = { number in
            if pace > .zero { try await Task.sleep(for: pace) }
            record.add(number)
        }
        return [
            does(Plain.self) { job, _ in try await run(job.number) },
            does(Keyed.self) { job, _ in try await run(job.number) },
            does(Ordered.self) { job, _ in try await run(job.number) },
        ]
    }

    private func untilDone(_ yard: Yard, within limit: Duration = .seconds(90)) async throws {
        for queue in [Plain.queue, Keyed.queue, Ordered.queue] {
            try await eventually("\(queue) done", within: limit) {
                let balance = try await yard.balance(queue)
                return balance.waiting + balance.leased == 0
            }
            #expect(try await yard.balance(queue).isRight)
        }
    }

    @Test func `lost replies, lost and late requests, and cuts repeat nothing while the worker lives`() async throws {
        let server = try await RedisServer()
        let random = Mutex(Seed())
        let proxy = try await FaultyProxy(to: server.port) { chunk in
            // The heartbeat's connection is left alone: a lease that ends is another test.
            let share = random.withLock { Int.random(in: 0..<1000, using: &$0) }
            let isRegistration = chunk.isRequest && chunk.text.contains(RegisterScript.script.digest)
            switch share {
            case 0..<(isRegistration ? 300 : 15): return .lose
            case 950..<960: return .late(.milliseconds(share * 30 - 28_400))
            default: return .pass
            }
        }
        let yard = try Yard(url: server.url)
        let faulty = try Yard(url: proxy.url, prefix: yard.queue.prefix)
        let record = Record()
        let count = try await enqueue(yard, 2000)
        let workers = [
            try await faulty.worker(handlers(record)) { $0.lease = .seconds(30) },
            try await faulty.worker(handlers(record)) { $0.lease = .seconds(30) },
        ]
        try await untilDone(yard)
        for worker in workers { await worker.stop() }
        #expect(record.numbers.sorted() == Array(0..<count))
        #expect(try await yard.balance(Plain.queue).leased == 0)
    }

    @Test func `jobs that end while there is no connection are not run again`() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultyProxy(to: server.port)
        let yard = try Yard(url: server.url)
        let faulty = try Yard(url: proxy.url, prefix: yard.queue.prefix)
        let (record, gate) = (Record(), Record())
        let worker = try await faulty.worker([
            does(Plain.self) { job, _ in
                record.add(job.number)
                while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            },
            does(Ordered.self) { job, _ in
                record.add(job.number)
                while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            },
        ]) { $0.lease = .seconds(30) }
        try await yard.queue.enqueueAll((0..<20).map { Plain(number: $0) })
        try await yard.queue.enqueue(Ordered(number: 100), JobOptions(key: "k"))
        try await eventually { record.count == 21 }
        for _ in 0..<3 {
            proxy.setFrozen(true)
            proxy.cut()
            if gate.count == 0 { gate.add(1) }
            try await yard.queue.enqueueAll((20..<40).map { Plain(number: $0 + gate.count * 100) })
            proxy.setFrozen(false)
            try await untilDone(yard)
            gate.add(1)
        }
        await worker.stop()
        #expect(record.count == Set(record.numbers).count && record.count == 81)
    }

    @Test func `a drain waits for the connection that tells what has ended`() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultyProxy(to: server.port)
        let yard = try Yard(url: server.url)
        let faulty = try Yard(url: proxy.url, prefix: yard.queue.prefix)
        let (record, gate) = (Record(), Record())
        let worker = try await faulty.worker([
            does(Plain.self) { job, _ in
                while gate.count == 0 { try await Task.sleep(for: .milliseconds(2)) }
                record.add(job.number)
            }
        ]) { $0.lease = .seconds(30) }
        try await yard.queue.enqueueAll((0..<20).map { Plain(number: $0) })
        try await eventually { try await yard.balance(Plain.queue).leased == 20 }
        proxy.setFrozen(true)
        proxy.cut()
        gate.add(1)
        try await eventually { record.count == 20 }
        async let stopped: Void = worker.stop()
        try await Task.sleep(for: .milliseconds(300))
        proxy.setFrozen(false)
        await stopped
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.done == 20 && balance.leased == 0 && balance.workers == 0 && balance.isRight)
    }

    @Test func `a stall longer than the lease hands the work to another, and late answers are refused`() async throws {
        let server = try await RedisServer()
        let proxy = try await FaultyProxy(to: server.port)
        let yard = try Yard(url: server.url)
        let faulty = try Yard(url: proxy.url, prefix: yard.queue.prefix)
        let record = Record()
        let count = try await enqueue(yard, 400)
        let adjust: (inout WorkerOptions) -> Void = {
            $0.lease = .milliseconds(600)
            $0.concurrency = 16
        }
        let stalled = try await faulty.worker(handlers(record, pace: .milliseconds(5)), adjust)
        try await eventually { record.count > 20 }
        proxy.setFrozen(true)
        let other = try await yard.worker(handlers(record, pace: .milliseconds(5)), adjust)
        try await untilDone(yard)
        proxy.setFrozen(false)
        try await eventually { try await yard.balance(Plain.queue).workers == 2 }
        await stalled.stop()
        await other.stop()
        #expect(Set(record.numbers) == Set(0..<count))
        try await untilDone(yard)
    }

    @Test func `a Redis that is killed and comes back with its file loses and repeats nothing`() async throws {
        let server = try await RedisServer(["--appendonly", "yes"])
        let yard = try Yard(url: server.url)
        let record = Record()
        let worker = try await yard.worker(handlers(record, pace: .milliseconds(2))) { $0.lease = .seconds(30) }
        let count = try await enqueue(yard, 1500)
        for _ in 0..<2 {
            let before = record.count
            try await eventually { record.count > before + 50 || record.count == count }
            try await server.restart()
        }
        try await untilDone(yard)
        await worker.stop()
        #expect(record.numbers.sorted() == Array(0..<count))
    }

    @Test func `a Redis without memory refuses new jobs, and lets workers go on and keep their leases`() async throws {
        let server = try await RedisServer()
        let yard = try Yard(url: server.url)
        let record = Record()
        let count = try await enqueue(yard, 400)
        try await yard.queue.enqueueAll(
            (5000..<5100).map { Plain(number: $0) }, JobOptions(runAt: .now + .milliseconds(300)))
        try await server.command("config", "set", "maxmemory", "1000000")
        await #expect(throws: QueueError.self) { try await yard.queue.enqueue(Plain(number: -1)) }
        await #expect(throws: QueueError.self) {
            try await yard.queue.enqueue(Plain(number: -1), JobOptions(runAt: .now + .hours(1)))
        }
        let worker = try await yard.worker(handlers(record, pace: .milliseconds(50))) {
            // Without its beats it would lose them long before it has done all of it.
            $0.lease = .seconds(5)
            $0.concurrency = 4
        }
        try await untilDone(yard)
        await worker.stop()
        #expect(record.numbers.sorted() == Array(0..<count) + Array(5000..<5100))
    }
}
