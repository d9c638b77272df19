import Glibc
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Queue
@testable import queue_test_worker

/// Each step of a worker at which it can die: what it held is done by another, and nothing stays held.
@Suite(.ownStores) struct CrashTests {
    static let steps = [
        "registerSending:kill:1", "registerAnswered:kill:2", "fetchSending:kill:1", "fetchSending:kill:4",
        "fetchAnswered:kill:1", "fetchAnswered:kill:3", "handlerStarting:kill:1", "handlerStarting:kill:40",
        "handlerEnded:kill:1", "handlerEnded:kill:30", "rowClaimed:kill:3", "rowsDeleting:kill:1",
        "rowsDeleted:kill:1", "settleSending:kill:2", "settleAnswered:kill:2", "beatSending:kill:2",
        "beatAnswered:kill:3",
        // The next step of a chain, or what follows a batch: committed and not pushed, pushed and not heard of.
        "enqueueSending:kill:1", "enqueueAnswered:kill:1",
        // While it takes over what its own connection before held.
        "fetchAnswered:cut:3,registerSending:kill:6", "fetchAnswered:cut:3,registerAnswered:kill:6",
    ]

    @Test(arguments: steps) func `a kill at the step loses nothing`(fault: String) async throws {
        let proof = try await ProofYard()
        let doomed = try await proof.worker(fault: fault, lease: 600, isDoomed: true)
        let expected = try await proof.enqueue(12)
        #expect(try await doomed.waitForExit() == .signal(SIGKILL))
        try await proof.finish(expected, fallen: [doomed])
        await proof.close()
    }

    @Test(arguments: ["unregisterSending:kill:1", "unregisterAnswered:kill:1"])
    func `a kill at the end of a drain loses nothing`(fault: String) async throws {
        let proof = try await ProofYard()
        let doomed = try await proof.worker(fault: fault, lease: 600)
        let expected = try await proof.enqueue(12)
        doomed.send(SIGTERM)
        #expect(try await doomed.waitForExit() == .signal(SIGKILL))
        try await proof.finish(expected, fallen: [doomed])
        await proof.close()
    }

    /// Faults by the process that recovers: another worker, or a scheduler.
    static let recoveries = ["reapSending:kill:1", "reapAnswered:kill:1", "reapAnswered:kill:3"]

    @Test(arguments: recoveries, [false, true])
    func `a kill of who takes back the jobs of a dead worker loses nothing`(
        fault: String, isScheduler: Bool
    ) async throws {
        let proof = try await ProofYard()
        let victim = try await proof.worker(fault: "handlerEnded:kill:5", lease: 600, isDoomed: true)
        let expected = try await proof.enqueue(12)
        #expect(try await victim.waitForExit() == .signal(SIGKILL))
        #expect(try await proof.balances().reduce(0) { $0 + $1.leased } > 0)
        let rescuer =
            isScheduler
            ? try await proof.scheduler(fault: fault, lease: 600, isDoomed: true)
            : try await proof.worker(fault: fault, lease: 600, pace: 50, isDoomed: true)
        #expect(try await rescuer.waitForExit() == .signal(SIGKILL))
        try await proof.finish(expected, fallen: [victim, rescuer])
        await proof.close()
    }

    static let cuts = [
        "registerSending:cut:3", "registerAnswered:cut:3", "fetchSending:cut:3", "fetchAnswered:cut:3",
        "settleSending:cut:3", "settleAnswered:cut:3", "fetchAnswered:cut:3,registerSending:cut:6",
        "fetchAnswered:cut:3,registerAnswered:cut:6,settleAnswered:cut:2",
    ]

    @Test(arguments: cuts)
    func `a connection cut at the step loses nothing and repeats nothing`(fault: String) async throws {
        let proof = try await ProofYard()
        // Its lease outlives the cut, so nobody else may have its jobs.
        let worker = try await proof.worker(fault: fault, lease: 20_000)
        let expected = try await proof.enqueue(12)
        try await proof.untilDone()
        try await proof.end(worker)
        try await proof.check(expected)
        #expect(try await proof.effects().count == expected.count)
        await proof.close()
    }

    @Test func `what a handler did before its worker died happens again, once a death at most`() async throws {
        let proof = try await ProofYard()
        try await proof.yard.queue.enqueue(Poison(number: 0, isHealed: true))
        try await proof.durable.enqueue(Poison(number: 1, isHealed: true))
        var fallen: [TestProcess] = []
        // Both may die in one process or each in its own.
        while try await proof.balances().contains(where: { $0.waiting + $0.leased > 0 }) {
            // Long enough that it does not run out where the machine is busy: that too would let a job run again.
            let worker = try await proof.worker(lease: 5000, isDoomed: true)
            try await eventually("done or dead") {
                if worker.poll() != nil { return true }
                return try await proof.balances().allSatisfy { $0.waiting + $0.leased == 0 }
            }
            if worker.poll() == nil { try await proof.end(worker) } else { fallen.append(worker) }
        }
        #expect((1...2).contains(fallen.count))
        let effects = try await proof.effects().map(\.number)
        // Each dies once itself, and the other's death may come between what it did and the word that it is done.
        for number in 0...1 {
            #expect((2...max(2, fallen.count + 1)).contains(effects.count { $0 == number }), "\(effects) of \(number)")
        }
        #expect(try await proof.outboxCount() == 0)
        #expect(try await proof.balances().allSatisfy { $0.isRight && $0.dead == 0 })
        await proof.close()
    }
}

extension ProofYard {
    /// Another worker does what is left; the proof is whole.
    func finish(
        _ expected: Set<Int>, fallen: [TestProcess], at location: SourceLocation = #_sourceLocation
    ) async throws {
        let relay = relay()
        // What dead processes were about to push; nobody waits here until it counts as left behind.
        try await ageWriters()
        try await database.run("update outbox set push_at = now() where push_at > now()")
        try await relay.takeOverDeadWriters()
        while try await relay.pushDue() {}
        try await relay.start()
        // Were its own lease to end on a busy machine, what it runs twice could not be told from an error.
        let heir = try await worker(lease: 2000)
        try await untilDone(at: location)
        try await end(heir, at: location)
        await relay.stop()
        try await check(expected, fallen: Set(fallen.map { Int($0.identifier) }), at: location)
    }
}
