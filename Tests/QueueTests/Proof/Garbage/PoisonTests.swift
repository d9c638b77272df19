import Glibc
import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue
@testable import queue_test_worker

/// Garbage in every key that a queue has, under real processes: nothing healthy is lost, nobody dies of it, and what it
/// was is parked or told and kept as a dead letter.
@Suite(.ownStores) struct PoisonTests {
    @Test func `no kind of key is missing among those that are poisoned`() throws {
        let named = try QueueLayout.named()
        #expect(named.count > 20)
        #expect(named.symmetricDifference(QueueLayout.kinds.keys) == [])
    }

    @Test func `garbage in every key of every queue harms no healthy job and no process`() async throws {
        var seed = Seed()
        let proof = try await ProofYard()
        var expected = try await proof.enqueue(20)
        var poisonings: [Poisoning] = []
        for queue in ProofYard.queues {
            let rubbish = try garbage(for: queue, proof.yard, &seed)
            var poisoning = Poisoning(proof.yard, queue, rubbish)
            try await poisoning.poisonAll()
            poisonings.append(poisoning)
        }
        let worker = try await proof.worker(lease: 1000, loops: 2)
        let scheduler = try await proof.scheduler(lease: 1000)
        expected.formUnion(try await proof.enqueueHeirs(of: .ordered))
        try await eventually("every healthy job") {
            Set(try await proof.effects().map(\.number)).isSuperset(of: expected)
        }
        // Holders that there never were held up a key until somebody looked.
        let pruner = pruner(proof)
        try await eventually("the end of what was garbage") {
            _ = try await pruner.prunePlacesOfKeys()
            return try await isSorted(proof)
        }
        try await proof.end(worker)
        try await proof.end(scheduler)
        #expect(Set(try await proof.effects().map(\.number)) == expected)
        #expect(try await proof.outboxCount() == 0)
        #expect(worker.errors.contains("unreadable envelope") && worker.errors.contains("job parked"))
        #expect(scheduler.errors.contains("garbage in a queue is now a dead letter"))
        for poisoning in poisonings { try await check(poisoning, in: proof) }
        try await settleBooks(of: proof)
        await proof.close()
    }

    /// What is no envelope, and envelopes that no worker knows, for this queue's style. Each of a key of its own, or
    /// those of an ordered one would wait for a day behind the first that is parked.
    private func garbage(for queue: QueueName, _ yard: Yard, _ seed: inout Seed) throws -> [[UInt8]] {
        var keys = 0
        func whole() throws -> Envelope {
            keys += 1
            let options = JobOptions(key: "odd \(keys)")
            return switch queue {
            case OrderedEffect.queue: try yard.queue.encoder.prepare(OrderedEffect(number: 1), options).envelope
            case KeyedEffect.queue: try yard.queue.encoder.prepare(KeyedEffect(number: 1), options).envelope
            default: try yard.queue.encoder.prepare(PlainEffect(number: 1)).envelope
            }
        }
        return try Rubbish.some(&seed, whole) + Rubbish.strangers(&seed, whole)
    }

    private func pruner(_ proof: ProofYard) -> Pruner {
        var retention = Pruner.Retention()
        retention.secondLook = .milliseconds(1)
        let queues = KnownQueues(ProofYard.queues, durable: proof.durable)
        return Pruner(queues, durable: proof.durable, retention: retention, loops: proof.yard.loops, logger: .silent)
    }

    /// What is parked for good is known to the books once it has been there for a while.
    private func settleBooks(of proof: ProofYard) async throws {
        let books = Bookkeeper(
            KnownQueues(ProofYard.queues, durable: proof.durable), durable: proof.durable, loops: proof.yard.loops,
            metrics: MetricsRegistry(), logger: .silent)
        for _ in 0...Bookkeeper.patience { try await books.checkAll() }
        #expect(try await proof.balances().allSatisfy { $0.difference == 0 })
    }

    /// Nothing is where it would be looked at again, but what is parked.
    private func isSorted(_ proof: ProofYard) async throws -> Bool {
        try await proof.balances().allSatisfy { $0.ready + $0.suspect + $0.leased + $0.unstored == 0 }
    }

    /// Whatever lay where jobs belong is a letter now, or parked: the same twice is one letter.
    private func check(_ poisoning: Poisoning, in proof: ProofYard) async throws {
        let base = poisoning.keys.base
        let queue = try #require(ProofYard.queues.first { proof.yard.queue.keys(of: $0).base == base })
        let balance = try await proof.yard.balance(queue)
        let letters = try await proof.database.all(
            "select envelope from dead_letters where queue = \(queue.name)", as: [UInt8].self)
        let parked = try await poisoning.redis.call("HVALS", poisoning.keys.dueEnvelopes).expectArray()
        #expect(balance.dead > 0 && letters.count > 0 && parked.count > 0)
        // What was no job has come in by being thrown away; what could be one has not yet.
        #expect(balance.foreign > 0 && balance.difference == balance.foreign - poisoning.counted, "\(balance)")
        let unreadable = poisoning.rubbish.filter { EnvelopeView(RedisBytes($0)) == nil }
        #expect(Set(unreadable).subtracting(letters).isEmpty, "of \(queue)")
    }
}
