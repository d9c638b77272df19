import JSON
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// A queue that is declared in another style than before: what waits in the old one is served.
@Suite struct StyleRuleTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private struct AsPlain: Job, Codable {
        static let kind = "test.restyled"
        static let queue = QueueName("restyled")
        let number: Int
    }

    private struct AsKeyed: Job, Codable {
        static let kind = "test.restyled"
        static let queue = QueueName("restyled", .keyed)
        let number: Int
    }

    private struct AsOrdered: Job, Codable {
        static let kind = "test.restyled"
        static let queue = QueueName("restyled", .ordered)
        let number: Int
    }

    @Test func `jobs of a plain queue are run when it has become one of keys`() async throws {
        try await yard.queue.enqueueAll((0..<100).map { AsPlain(number: $0) })
        for number in 100..<200 {
            try await yard.queue.enqueue(AsKeyed(number: number), JobOptions(key: "\(number % 3)"))
        }
        let record = Record()
        let worker = try await yard.worker([does(AsKeyed.self) { job, _ in record.add(job.number) }])
        try await eventually { try await yard.balance(AsKeyed.queue).done == 200 }
        await worker.stop()
        #expect(record.numbers.sorted() == Array(0..<200))
        #expect(try await yard.balance(AsKeyed.queue).difference == 0)
    }

    @Test func `jobs under keys are run when the queue has become plain, and keep their order`() async throws {
        for number in 0..<100 {
            try await yard.queue.enqueue(AsOrdered(number: number), JobOptions(key: "\(number % 3)"))
        }
        try await yard.queue.enqueueAll((100..<200).map { AsPlain(number: $0) })
        // Some come back only later.
        let late = JobOptions(runAt: .now + .milliseconds(300), key: "0")
        try await yard.queue.enqueue(AsOrdered(number: 300), late)
        let record = Record()
        let worker = try await yard.worker([
            does(AsPlain.self) { job, _ in
                try await Task.sleep(for: .milliseconds(1))
                record.add(job.number)
            }
        ])
        try await eventually { try await yard.balance(AsPlain.queue).done == 201 }
        // Plain jobs go on as before, also when the worker has been idle in between.
        try await yard.queue.enqueue(AsPlain(number: 400))
        try await eventually { record.numbers.last == 400 }
        await worker.stop()
        for key in 0..<3 {
            let ran = record.numbers.filter { $0 < 100 && $0 % 3 == key }
            #expect(ran == ran.sorted())
        }
        #expect(try await yard.balance(AsPlain.queue).difference == 0)
    }

    @Test func `the style that workers show is that of their code`() async throws {
        let directory = QueueDirectory(redis: yard.redis, prefix: yard.queue.prefix)
        let before = try await yard.worker([does(AsPlain.self) { _, _ in }])
        try await eventually { try await directory.style(of: AsPlain.queue) == .plain }
        await before.stop()
        let after = try await yard.worker([does(AsKeyed.self) { _, _ in }])
        try await eventually { try await directory.style(of: AsPlain.queue) == .keyed }
        await after.stop()
    }
}
