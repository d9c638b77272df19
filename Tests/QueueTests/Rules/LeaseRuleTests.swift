import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct LeaseRuleTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private func enqueue(_ count: Int) async throws {
        try await yard.queue.enqueueAll((0..<count).map { Plain(number: $0) })
    }

    @Test func `registering takes over everything from all incarnations that are named`() async throws {
        try await enqueue(9)
        var names: [String] = []
        for name in ["a1", "a2", "a3"] {
            _ = try await ScriptedWorker(yard, Plain.queue, name).fetch(3)
            names.append(name)
        }
        let next = try await ScriptedWorker(yard, Plain.queue, "a4", over: ["never existed"])
        let found = try await next.register(over: names)
        #expect(Set(found.compactMap(\.number)).count == found.count && found.count >= 6)
        for name in names {
            await #expect(throws: RedisError.self) { _ = try await old(name).fetch() }
        }
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.workers == 1 && balance.leased == found.count && balance.difference == 0)
    }

    /// A worker that does not know of its end.
    private func old(_ name: String) async throws -> ScriptedWorker {
        let worker = try await ScriptedWorker(yard, QueueName("elsewhere"), name)
        return ScriptedWorker(worker, in: Plain.queue)
    }

    @Test func `who lost the lease can neither fetch, nor acknowledge, nor settle`() async throws {
        try await enqueue(2)
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let taken = try await worker.fetch()
        try await worker.die()
        for attempt in [{ _ = try await worker.fetch(0, finished: taken.slots) }, { try await worker.settle(taken) }] {
            await #expect { try await attempt() } throws: { ($0 as? RedisError)?.code == "LOST" }
        }
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.ready == 2 && balance.done == 0 && balance.difference == 0)
    }

    @Test func `a settlement for a slot that holds another job is refused`() async throws {
        try await enqueue(2)
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let first = try await worker.fetch(1)
        _ = try await worker.fetch(1, finished: first.slots)
        #expect(try await worker.settle(first) == 0)
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.leased == 1 && balance.done == 1 && balance.difference == 0)
    }

    @Test func `leases that have ended are taken back, living ones are not`() async throws {
        try await enqueue(4)
        let dead = try await ScriptedWorker(yard, Plain.queue, "dead", lease: .milliseconds(1))
        let taken = try await dead.fetch(2)
        let living = try await ScriptedWorker(yard, Plain.queue, "living")
        _ = try await living.fetch(1)
        let counts = try await eventuallySome {
            let counts = try await Recovery(redis: yard.redis).reap(living.keys.base)
            return counts.incarnations > 0 ? counts : nil
        }
        #expect(counts.incarnations == 1 && counts.ready == taken.jobs.count)
        #expect(try await yard.balance(Plain.queue).leased == 1)
        let again = try await living.fetch(10, from: 10)
        #expect(Set(again.numbers.prefix(2)) == Set(taken.numbers))
        #expect(again.jobs.first?.envelope.crashes == 1)
    }

    @Test func `a second crash makes a suspect, of which a worker gets one at a time`() async throws {
        try await enqueue(3)
        for name in ["a", "b"] {
            let worker = try await ScriptedWorker(yard, Plain.queue, name)
            #expect(try await worker.fetch().jobs.count == 3)
            try await worker.die()
        }
        #expect(try await yard.balance(Plain.queue).suspect == 3)
        let worker = try await ScriptedWorker(yard, Plain.queue, "c")
        #expect(try await worker.fetch().jobs.count == 1)
        #expect(try await worker.fetch(from: 10, suspects: false).jobs.count == 0)
    }

    @Test func `beside a suspect only the suspect is charged with the crash`() async throws {
        try await enqueue(1)
        for name in ["a", "b"] {
            let worker = try await ScriptedWorker(yard, Plain.queue, name)
            _ = try await worker.fetch()
            try await worker.die()
        }
        try await enqueue(20)
        for crashes in 3...5 {
            let worker = try await ScriptedWorker(yard, Plain.queue, "c\(crashes)")
            #expect(try await worker.fetch().jobs.count == 21)
            let counts = try await worker.die()
            #expect(counts.ready == 20 && counts.dead == (crashes == 5 ? 1 : 0))
        }
        let innocents = try await ScriptedWorker(yard, Plain.queue, "d").fetch()
        #expect(innocents.jobs.count == 20)
        #expect(innocents.jobs.allSatisfy { $0.envelope.crashes == 0 && $0.envelope.interruptions == 3 })
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a worker that leaves while it holds jobs stays known until its lease ends`() async throws {
        try await enqueue(1)
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        let taken = try await worker.fetch()
        #expect(try await worker.unregister() == 0)
        #expect(try await yard.balance(Plain.queue).workers == 1)
        try await worker.settle(taken)
        #expect(try await worker.unregister() == 1)
        #expect(try await yard.balance(Plain.queue).workers == 0)
    }

    @Test func `the first epoch of a queue is no loss to the worker that was there before it`() async throws {
        let worker = try await yard.worker([does(Plain.self) { _, _ in }]) {
            $0.lease = .seconds(60)
            $0.beat = .milliseconds(50)
        }
        let keys = yard.queue.keys(of: Plain.queue)
        func lease() async throws -> [String] {
            try await yard.redis.call("ZRANGE", keys.workers, 0, -1, "WITHSCORES").expectArray().compactMap(\.string)
        }
        try await eventually { try await lease().count == 2 }
        try await yard.redis.call("SET", keys.epoch, "first")
        let before = try await lease()
        // Renewed twice: the first of them has seen the epoch.
        for _ in 0..<2 {
            let last = try await lease()
            try await eventually { try await lease() != last }
        }
        #expect(try await lease().first == before.first)
        // Another one is a loss.
        try await yard.redis.call("SET", keys.epoch, "second")
        try await eventually { try await lease().first != before.first }
        await worker.stop()
    }
}

extension ScriptedWorker {
    /// The same name in another queue, without registering there.
    init(_ other: ScriptedWorker, in queue: QueueName) {
        (yard, name) = (other.yard, other.name)
        self.queue = queue
    }

    func unregister() async throws -> Int {
        let base = keys.base
        return try await yard.redis.run(UnregisterScript.script, keys: 1) { writer in
            writer.append(base)
            writer.append(name)
            writer.append("channel")
        }.expectInt()
    }
}
