import Glibc
import Queue
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// A handler that never gives its thread back.
@Suite(.ownStores) struct BlockedLoopTests {
    @Test func `the jobs of a loop that does not turn are taken back, and its process makes way`() async throws {
        let proof = try await ProofYard()
        let expected = try await proof.enqueue(60, of: [.plain, .durable, .bare])
        try await proof.yard.queue.enqueue(Blocking())
        var fallen: Set<Int> = []
        // Recovery does not wait until the process has ended: the other one has the jobs before.
        for round in 1...12 where try await !isOver(proof) {
            // Those beside it are under suspicion after two of its five times: a lease that a busy machine lets run out is
            // charged to them too, and must not be their last.
            let workers = [
                try await proof.worker(lease: 800, loops: 2, pace: 5, isDoomed: true),
                try await proof.worker(lease: 800, loops: 1, pace: 5, isDoomed: true),
            ]
            try await eventually("the end of round \(round)") {
                if workers.allSatisfy({ $0.poll() != nil }) { return true }
                return try await isOver(proof)
            }
            for worker in workers where worker.poll() == nil { worker.send(SIGTERM) }
            for worker in workers {
                let exit = try await worker.waitForExit()
                #expect(exit == .code(3) || exit == .code(0), "\(worker.errors)")
                if exit == .code(3) { #expect(worker.errors.contains("a loop does not turn")) }
                fallen.insert(Int(worker.identifier))
            }
        }
        #expect(fallen.count >= 2)
        let effects = try await proof.effects()
        #expect(Set(effects.map(\.number)) == expected)
        for (number, runs) in Dictionary(grouping: effects, by: \.number) where runs.count > 1 {
            #expect(Sort(number: number)?.isDurable == false, "durable effect \(number) twice")
        }
        // The one that blocks is dead, and nobody else.
        let scheduler = try await proof.scheduler(lease: 800)
        try await eventually("the letter") { try await proof.count(of: "dead_letters") == 1 }
        try await proof.end(scheduler)
        #expect(try await DeadLetters(proof.durable).list(DeadLetterFilter()).map(\.kind) == [Blocking.kind])
        let balances = try await proof.balances()
        #expect(balances.allSatisfy { $0.isRight && $0.waiting + $0.leased == 0 }, "\(balances)")
        #expect(balances.reduce(0) { $0 + $1.dead } == 1)
        await proof.close()
    }

    private func isOver(_ proof: ProofYard) async throws -> Bool {
        try await proof.balances().allSatisfy { $0.waiting + $0.leased == 0 }
    }
}
