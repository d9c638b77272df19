import Glibc
import Queue
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Each step of a worker at which it can die: what it held is done by another, and nothing stays held.
@Suite(.ownStores) struct CrashTests {
    static let steps: [(FaultPoint, Int)] = [
        (.registerSending, 1), (.registerAnswered, 2), (.fetchSending, 1), (.fetchSending, 4), (.fetchAnswered, 1),
        (.fetchAnswered, 3), (.handlerStarting, 1), (.handlerStarting, 40), (.handlerEnded, 1), (.handlerEnded, 30),
        (.rowClaimed, 3), (.rowsDeleting, 1), (.rowsDeleted, 1), (.settleSending, 2), (.settleAnswered, 2),
        (.beatSending, 2), (.beatAnswered, 3), (.reapSending, 1), (.reapAnswered, 1),
    ]

    @Test(arguments: steps) func `a kill at the step loses nothing`(step: (point: FaultPoint, nth: Int)) async throws {
        let proof = try await ProofYard()
        let doomed = try await proof.worker(
            fault: "\(step.point.rawValue):kill:\(step.nth)", lease: 600, isDoomed: true)
        let expected = try await proof.enqueueOfEachSort(12)
        #expect(try await doomed.waitForExit() == .signal(SIGKILL))
        let heir = try await proof.worker(lease: 600)
        try await proof.untilDone()
        heir.send(SIGTERM)
        #expect(try await heir.waitForExit() == .code(0))
        try await proof.check(expected, fallen: [Int(doomed.identifier)])
        await proof.close()
    }

    @Test(arguments: [FaultPoint.unregisterSending, .unregisterAnswered])
    func `a kill at the end of a drain loses nothing`(point: FaultPoint) async throws {
        let proof = try await ProofYard()
        let doomed = try await proof.worker(fault: "\(point.rawValue):kill:1", lease: 600)
        let expected = try await proof.enqueueOfEachSort(12)
        doomed.send(SIGTERM)
        #expect(try await doomed.waitForExit() == .signal(SIGKILL))
        let heir = try await proof.worker(lease: 600)
        try await proof.untilDone()
        heir.send(SIGTERM)
        try await heir.waitForExit()
        try await proof.check(expected, fallen: [Int(doomed.identifier)])
        await proof.close()
    }

    @Test(arguments: [FaultPoint.registerAnswered, .fetchSending, .fetchAnswered, .settleSending, .settleAnswered])
    func `a connection cut at the step loses nothing and repeats nothing`(point: FaultPoint) async throws {
        let proof = try await ProofYard()
        // Its lease outlives the cut, so nobody else may have its jobs.
        let worker = try await proof.worker(fault: "\(point.rawValue):cut:3", lease: 20_000)
        let expected = try await proof.enqueueOfEachSort(12)
        try await proof.untilDone()
        worker.send(SIGTERM)
        #expect(try await worker.waitForExit() == .code(0))
        try await proof.check(expected, fallen: [])
        #expect(try await proof.effects().count == expected.count)
        await proof.close()
    }

    @Test func `a worker that holds its loop for ever loses its lease, and the others do the work`() async throws {
        let proof = try await ProofYard()
        let stuck = try await proof.worker(fault: "handlerStarting:stall:5", lease: 400)
        let expected = try await proof.enqueueOfEachSort(12)
        let heir = try await proof.worker(lease: 400)
        try await proof.untilDone()
        // It makes way by itself, as a supervisor would want.
        #expect(try await stuck.waitForExit() == .code(3))
        heir.send(SIGTERM)
        try await heir.waitForExit()
        try await proof.check(expected, fallen: [Int(stuck.identifier)])
        await proof.close()
    }

    @Test func `a worker frozen past its lease does no harm when it comes back`() async throws {
        let proof = try await ProofYard()
        let frozen = try await proof.worker(lease: 500, pace: 20)
        let expected = try await proof.enqueueOfEachSort(40)
        try await eventually { try await proof.yard.balance(PlainEffect.queue).leased > 5 }
        frozen.send(SIGSTOP)
        let heir = try await proof.worker(lease: 500)
        try await proof.untilDone()
        frozen.send(SIGCONT)
        try await eventually { try await proof.balances().allSatisfy { $0.workers == 2 } }
        for process in [frozen, heir] {
            process.send(SIGTERM)
            #expect(try await process.waitForExit() == .code(0))
        }
        try await proof.check(expected, fallen: [Int(frozen.identifier)])
        await proof.close()
    }
}
