import Glibc
import Queue
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Workers that are killed at random until the work is done. `SOAK=1` makes it long.
@Suite(.ownStores) struct KillTests {
    private static let isSoak = Environment["SOAK"] == "1"

    @Test(.timeLimit(.minutes(60))) func `workers killed at random lose nothing, and durable effects happen once`()
        async throws
    {
        var seed = Seed()
        let proof = try await ProofYard()
        let expected = try await proof.enqueueOfEachSort(Self.isSoak ? 990 : 150)
        var more = Set<Int>()
        if Self.isSoak {
            for start in stride(from: 10_000, to: 210_000, by: 10_000) {
                try await proof.yard.queue.enqueueAll((start..<start + 10_000).map { PlainEffect(number: $0) })
                more.formUnion(start..<start + 10_000)
            }
        }
        var workers: [TestProcess] = []
        var fallen: Set<Int> = []
        for _ in 0..<(Self.isSoak ? 200 : 5) {
            while workers.count < 2 {
                workers.append(try await proof.worker(lease: 600, loops: .random(in: 1...2, using: &seed), pace: 5))
            }
            try await Task.sleep(for: .milliseconds(.random(in: 20...400, using: &seed)))
            let victim = workers.remove(at: .random(in: 0..<workers.count, using: &seed))
            victim.send(SIGKILL)
            try await victim.waitForExit()
            fallen.insert(Int(victim.identifier))
        }
        workers.append(try await proof.worker(lease: 600))
        try await proof.untilDone(within: Self.isSoak ? .seconds(1800) : .seconds(40))
        for worker in workers {
            worker.send(SIGTERM)
            try await worker.waitForExit()
        }
        try await proof.check(expected.union(more), fallen: fallen)
        await proof.close()
    }

    @Test func `a job that kills its process takes none of its neighbours with it`() async throws {
        let proof = try await ProofYard()
        try await proof.yard.queue.enqueue(Poison())
        try await proof.yard.queue.enqueueAll((0..<200).map { PlainEffect(number: $0) })
        var fallen: Set<Int> = []
        for round in 1...12 {
            let worker = try await proof.worker(lease: 400, loops: 2, pace: 2, concurrency: 128, isDoomed: true)
            let isDone: @Sendable () async throws -> Bool = {
                let balance = try await proof.yard.balance(PlainEffect.queue)
                return balance.waiting + balance.leased == 0
            }
            try await eventually("round \(round)", within: .seconds(20)) {
                if worker.poll() != nil { return true }
                return try await isDone()
            }
            if worker.poll() == nil {
                worker.send(SIGTERM)
                try await worker.waitForExit()
                break
            }
            fallen.insert(Int(worker.identifier))
        }
        let balance = try await proof.yard.balance(PlainEffect.queue)
        #expect(balance.dead == 1 && balance.done == 200 && balance.difference == 0)
        #expect(Set(try await proof.effects().map(\.number)) == Set(0..<200))
        #expect(fallen.count == 5)
        await proof.close()
    }

    @Test func `a drain under load loses nothing and costs no attempt`() async throws {
        let proof = try await ProofYard()
        let expected = try await proof.enqueueOfEachSort(100)
        for _ in 0..<3 {
            let worker = try await proof.worker(lease: 5000, pace: 10)
            let done = try await proof.balances().reduce(0) { $0 + $1.done }
            try await eventually { try await proof.balances().reduce(0) { $0 + $1.done } > done + 20 }
            worker.send(SIGTERM)
            #expect(try await worker.waitForExit() == .code(0))
            for balance in try await proof.balances() {
                #expect(balance.workers == 0 && balance.leased == 0 && balance.difference == 0)
            }
        }
        let last = try await proof.worker(lease: 5000)
        try await proof.untilDone()
        last.send(SIGTERM)
        try await last.waitForExit()
        try await proof.check(expected, fallen: [])
        #expect(try await proof.effects().count == expected.count)
        await proof.close()
    }
}
