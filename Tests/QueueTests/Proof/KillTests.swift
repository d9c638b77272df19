import Glibc
import Queue
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Processes that are killed at random until the work is done. `SOAK=1` makes it long.
@Suite(.ownStores) struct KillTests {
    @Test(.timeLimit(.minutes(120)))
    func `processes killed at random lose nothing, and durable effects happen once`() async throws {
        let proof = try await ProofYard()
        var kills = try await RandomKills(proof, Seed())
        let portions = Soak.isOn ? 40 : 4
        var expected: Set<Int> = []
        for portion in 0..<portions {
            // What is enqueued meanwhile is killed on its way, too.
            expected.formUnion(try await proof.enqueueMore(5000, portion))
            try await kills.killOne()
        }
        try await kills.run()
        try await kills.end()
        try await proof.check(expected, fallen: kills.fallen)
        await proof.close()
    }

    static let features: [Sort] = [.unique, .limited, .ordered, .batch, .chain, .large, .largeVolatile, .due, .flaky]

    @Test(.timeLimit(.minutes(60)), arguments: features)
    func `what a dead job held is free again`(feature: Sort) async throws {
        let proof = try await ProofYard()
        var kills = try await RandomKills(proof, Seed())
        var expected = try await proof.enqueue(Soak.isOn ? 20_000 : 250, of: [feature])
        for _ in 0..<(Soak.isOn ? 0 : 3) { try await kills.killOne() }
        try await kills.run()
        // Whoever comes after them finds the same keys and places free.
        expected.formUnion(try await proof.enqueueHeirs(of: feature))
        try await proof.untilDone()
        try await kills.end()
        try await proof.check(expected, fallen: kills.fallen)
        await proof.close()
    }

    @Test func `a job that kills its process takes none of its neighbours with it, and ends as a letter that says so`()
        async throws
    {
        let proof = try await ProofYard()
        try await proof.yard.queue.enqueue(Poison(number: 0))
        try await proof.yard.queue.enqueueAll((1...200).map { PlainEffect(number: $0) })
        var fallen: Set<Int> = []
        for round in 1...12 {
            let worker = try await proof.worker(lease: 2500, loops: 2, pace: 2, concurrency: 128, isDoomed: true)
            try await eventually("the end of round \(round)") {
                if worker.poll() != nil { return true }
                let balance = try await proof.yard.balance(PlainEffect.queue)
                return balance.waiting + balance.leased == 0
            }
            if worker.poll() == nil {
                try await proof.end(worker)
                break
            }
            fallen.insert(Int(worker.identifier))
        }
        let balance = try await proof.yard.balance(PlainEffect.queue)
        #expect(balance.dead == 1 && balance.done == 200 && balance.isRight)
        #expect(Set(try await proof.effects().map(\.number)) == Set(1...200))
        #expect(fallen.count == 5)
        let scheduler = try await proof.scheduler()
        try await eventually("the letter") { try await proof.count(of: "dead_letters") == 1 }
        try await proof.end(scheduler)
        let letter = try await DeadLetters(proof.durable).list(DeadLetterFilter())[0]
        #expect(letter.kind == Poison.kind && letter.crashes == 5)
        #expect(letter.lastError == "killed its worker 5 times")
        await proof.close()
    }

    @Test func `a drain under load loses nothing and costs no attempt`() async throws {
        let proof = try await ProofYard()
        let expected = try await proof.enqueue(100)
        let relay = proof.relay()
        try await relay.start()
        for _ in 0..<3 {
            let worker = try await proof.worker(lease: 5000, pace: 10)
            let done = try await proof.balances().reduce(0) { $0 + $1.done }
            try await eventually { try await proof.balances().reduce(0) { $0 + $1.done } > done + 20 }
            try await proof.end(worker)
            for balance in try await proof.balances() {
                #expect(balance.workers == 0 && balance.leased == 0 && balance.isRight)
            }
        }
        let last = try await proof.worker(lease: 5000)
        try await proof.untilDone()
        try await proof.end(last)
        await relay.stop()
        try await proof.check(expected)
        #expect(try await proof.effects().count == expected.count)
        await proof.close()
    }
}
