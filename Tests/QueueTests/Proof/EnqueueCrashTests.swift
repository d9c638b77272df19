import Glibc
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Each step at which a process can die before its jobs are where workers look.
@Suite(.ownStores) struct EnqueueCrashTests {
    @Test func `a transaction that was not committed leaves neither its row nor its job`() async throws {
        let proof = try await ProofYard()
        let writer = try await proof.writer(["ORDERS": "40", "DIE_IN": "17"])
        #expect(try await writer.waitForExit() == .signal(SIGKILL))
        try await checkOrders(of: proof) { $0 == 17 }
        await proof.close()
    }

    @Test(arguments: ["enqueueSending:kill:1", "enqueueSending:kill:9"])
    func `what was committed and not pushed runs once`(fault: String) async throws {
        let proof = try await ProofYard()
        let writer = try await proof.writer(["ORDERS": "40"], fault: fault)
        #expect(try await writer.waitForExit() == .signal(SIGKILL))
        let balance = try await proof.yard.balance(PlainEffect.queue)
        #expect(try await proof.outboxCount() > balance.enqueued)
        try await checkOrders(of: proof) { $0 > balance.enqueued }
        await proof.close()
    }

    @Test(arguments: ["enqueueAnswered:kill:1", "enqueueAnswered:kill:9"])
    func `what was pushed without hearing the answer may be pushed again, and has one effect`(
        fault: String
    ) async throws {
        let proof = try await ProofYard()
        let writer = try await proof.writer(["ORDERS": "40"], fault: fault)
        #expect(try await writer.waitForExit() == .signal(SIGKILL))
        let pushed = try await proof.yard.balance(PlainEffect.queue).enqueued
        #expect(pushed > 0)
        try await checkOrders(of: proof) { $0 >= pushed }
        #expect(try await proof.yard.balance(PlainEffect.queue).repushed > 0)
        await proof.close()
    }

    @Test func `a relay that dies before and after its push has one effect for each job`() async throws {
        let proof = try await ProofYard()
        let writer = try await proof.writer(["ORDERS": "40"], fault: "enqueueSending:kill:5")
        #expect(try await writer.waitForExit() == .signal(SIGKILL))
        try await proof.ageWriters()
        for fault in ["enqueueSending:kill:1", "enqueueAnswered:kill:1"] {
            let relay = try await proof.scheduler(fault: fault, isDoomed: true)
            #expect(try await relay.waitForExit() == .signal(SIGKILL))
        }
        // The second had pushed them, and its transaction never said so.
        #expect(try await proof.count(of: "outbox", where: "push_at is not null") > 0)
        try await checkOrders(of: proof) { $0 > 0 }
        await proof.close()
    }

    /// Exactly the orders that were committed have an effect, once each.
    private func checkOrders(
        of proof: ProofYard, at location: SourceLocation = #_sourceLocation, _ isExpected: (Int) -> Bool
    ) async throws {
        let orders = try await proof.database.all("select number from orders order by number", as: Int.self)
        #expect(isExpected(orders.count), "\(orders.count) were committed", sourceLocation: location)
        try await proof.finish(Set(orders), fallen: [], at: location)
    }

    @Test(arguments: ["enqueueSending:kill:5", "enqueueAnswered:kill:5"])
    func `a volatile job whose answer came runs once, and one whose answer did not at most once`(
        fault: String
    ) async throws {
        let proof = try await ProofYard()
        let writer = try await proof.writer(["VOLATILE": "40"], fault: fault)
        #expect(try await writer.waitForExit() == .signal(SIGKILL))
        let told = writer.lines.compactMap { Int($0) }
        #expect(told == [0, 1, 2, 3])
        try await proof.finish(Set(told), fallen: [])
        let ran = try await proof.yard.balance(PlainEffect.queue).done
        #expect(ran == (fault.hasPrefix("enqueueSending") ? 4 : 5))
        await proof.close()
    }

    static let promotions = ["promoteSending:kill:1", "promoteAnswered:kill:1", "promoteAnswered:kill:4"]

    @Test(arguments: promotions) func `a kill of who makes due jobs ready loses and repeats nothing`(
        fault: String
    ) async throws {
        let proof = try await ProofYard()
        let expected = try await proof.enqueue(30, of: [.due])
        let due = Timestamp.now + .milliseconds(400)
        try await eventually("that they are due") { Timestamp.now > due }
        let scheduler = try await proof.scheduler(fault: fault, isDoomed: true)
        #expect(try await scheduler.waitForExit() == .signal(SIGKILL))
        try await proof.finish(expected, fallen: [])
        await proof.close()
    }
}
