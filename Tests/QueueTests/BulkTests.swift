import JSON
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Many plain jobs of one kind at once go a way of their own.
@Suite struct BulkTests {
    private let yard: Yard

    init() throws { yard = try Yard() }

    private func stored(_ queue: QueueName) async throws -> [EnvelopeView] {
        var all: [EnvelopeView] = []
        for priority in Priority.allCases {
            let list = try await yard.redis.call("LRANGE", yard.queue.keys(of: queue).ready(priority), 0, -1)
            all += try list.expectArray().reversed().compactMap { $0.bytes.flatMap(EnvelopeView.init) }
        }
        return all
    }

    @Test(arguments: [JobOptions(), JobOptions(expiresAt: .now + .hours(1), priority: .low)])
    func `it leaves the same envelopes as one by one`(options: JobOptions) async throws {
        let trace = TraceContext.start()
        let answers = try await TraceContext.with(trace) {
            try await yard.queue.enqueueAll((0..<1500).map { Plain(number: $0) }, options)
        }
        let found = try await stored(Plain.queue)
        #expect(found.map(\.id) == answers.map(\.id) && found.compactMap(\.number) == Array(0..<1500))
        let alone = try await TraceContext.with(trace) {
            try yard.queue.encoder.prepare(Plain(number: 1499), options)
        }
        var last = Envelope(try #require(found.last))
        #expect(last.options.trace == trace)
        last.id = alone.id
        #expect(last.encoded == alone.envelope.encoded)
        #expect(try await yard.balance(Plain.queue).enqueued == 1500)
    }

    @Test func `what is more than a plain push, or too large, is prepared one by one`() async throws {
        try await yard.queue.enqueueAll((0..<3).map { Plain(number: $0) }, JobOptions(runAt: .now + .hours(1)))
        try await yard.queue.enqueueAll([Keyed(number: 1)], JobOptions(key: "a"))
        #expect(try await yard.balance(Plain.queue).due == 3)
        #expect(try await yard.balance(Keyed.queue).readyByKey == 1)
        await #expect(throws: QueueError.self) {
            try await yard.queue.enqueueAll([Wide(text: "small"), Wide(text: String(repeating: "x", count: 9000))])
        }
    }

    @Test func `a queue that is full says so`() async throws {
        try await yard.control(Plain.queue, ["maxlength": "1000"])
        await #expect(throws: QueueError.self) {
            try await yard.queue.enqueueAll((0..<1500).map { Plain(number: $0) })
        }
        #expect(try await yard.balance(Plain.queue).ready == 1000)
    }
}

private struct Wide: Job, Codable {
    static let kind = "test.wide"
    static let queue = Plain.queue
    let text: String
}
