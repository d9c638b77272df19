import JSON

import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue
@testable import QueueTesting

@Suite struct RehearsalTests {
    private struct Greeting: Job, Codable {
        static let kind = "greeting"
        static let queue = QueueName("greetings")
        static let retry = RetryPolicy.exponential(attempts: 3, base: .minutes(1), cap: .minutes(10))
        let name: String
    }

    private struct Refused: Error {}

    private func rehearsal(
        _ yard: Yard, _ body: @escaping @Sendable (Greeting, JobContext) async throws -> Void
    ) -> Rehearsal {
        Rehearsal(yard.queue, handlers: Handlers([does(Greeting.self, body)]))
    }

    @Test func `a job is run at once, through its bytes, and its end is told`() async throws {
        let yard = try Yard()
        let rehearsal = rehearsal(yard) { job, context in
            if job.name != "Ada" || context.attempt != 3 { throw Refused() }
        }
        #expect(try await rehearsal.run(Greeting(name: "Ada"), failedAttempts: 2).name == "done")
        let failed = try await rehearsal.run(Greeting(name: "Bob"))
        #expect(failed.name == "retrying" && failed.reason == "Refused()")
        #expect(try await rehearsal.run(Greeting(name: "Bob"), failedAttempts: 2).name == "dead")
        await #expect(throws: NoHandler(kind: Plain.kind)) { try await rehearsal.run(Plain(number: 1)) }
    }

    @Test func `what was enqueued is seen with its options`() async throws {
        let yard = try Yard()
        let rehearsal = Rehearsal(yard.queue)
        let later = Timestamp(milliseconds: Timestamp.now.milliseconds + 60_000)
        try await yard.queue.enqueue(Greeting(name: "Ada"), JobOptions(unique: .untilDone("a"), priority: .high))
        try await yard.queue.enqueue(Greeting(name: "Bob"), JobOptions(runAt: later))
        try await yard.queue.enqueue(Keyed(number: 7), JobOptions(key: "k"))
        let greetings = try await rehearsal.enqueued(Greeting.self)
        #expect(greetings.map(\.job.name) == ["Ada", "Bob"])
        #expect(greetings.map(\.priority) == [.high, .normal] && greetings.map(\.isUnique) == [true, false])
        #expect(greetings.map(\.runAt) == [nil, later])
        #expect(try await rehearsal.enqueued(Keyed.self).map(\.key) == ["k"])
        #expect(try await rehearsal.enqueued(Plain.self).isEmpty)
    }

    @Test func `a drain runs what is ready, what follows from it, and moves the clock to what is due`() async throws {
        let yard = try Yard()
        let record = Record()
        let rehearsal = rehearsal(yard) { job, context in
            record.add(context.attempt)
            if job.name == "Ada" { try await context.queue.enqueue(Greeting(name: "Bob"), after: .hours(2)) }
            if job.name == "Bob", context.attempt < 3 { throw Refused() }
        }
        let start = rehearsal.clock.now
        try await yard.queue.enqueue(Greeting(name: "Ada"))
        let runs = try await rehearsal.drain()
        #expect(runs.map(\.outcome.name) == ["done", "retrying", "retrying", "done"])
        #expect(record.numbers == [1, 1, 2, 3])
        #expect(rehearsal.clock.now >= start + .hours(2))
        let balance = try await yard.balance(Greeting.queue)
        #expect(balance.done == 2 && balance.difference == 0 && balance.workers == 0)
    }

    @Test func `a drain that never ends says so`() async throws {
        let yard = try Yard()
        let rehearsal = rehearsal(yard) { _, _ in throw JobOutcome.snooze(.seconds(1)) }
        try await yard.queue.enqueue(Greeting(name: "Ada"))
        await #expect(throws: NeverDry(limit: 10, last: Greeting.kind)) { try await rehearsal.drain(limit: 10) }
    }

    @Test func `a fault is read from its text`() throws {
        let fault = try #require(FaultInjector("fetchAnswered:kill:2"))
        #expect(fault.point == .fetchAnswered && fault.action == .kill && fault.nth == 2)
        for text in ["", "fetchAnswered", "nowhere:kill:1", "fetchAnswered:dance:1", "fetchAnswered:kill:x"] {
            #expect(FaultInjector(text) == nil)
            #expect(!FaultInjector.arm("fetchAnswered:kill:1,\(text)"))
        }
    }
}
