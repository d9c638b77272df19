import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// How many workers a queue needs.
@Suite struct QueueNeedTests {
    private func wanted(_ adjust: (inout QueueNeed.Facts) -> Void) -> Int {
        var facts = QueueNeed.Facts()
        facts.concurrency = 10
        facts.runTime = .milliseconds(100)
        adjust(&facts)
        var aim = QueueNeed.Aim()
        aim.load = 0.5
        aim.most = 20
        return QueueNeed(QueueName("a"), facts, aim).wanted
    }

    @Test func `nothing to do needs nobody, and the least of it one`() {
        #expect(wanted { _ in } == 0)
        #expect(wanted { $0.ready = 1 } == 1)
        #expect(wanted { $0.isDueSoon = true } == 1)
        #expect(wanted { $0.runsPerSecond = 0.1 } == 1)
    }

    @Test func `what comes in takes places for as long as it runs`() {
        // 100 a second, each for a tenth of one: 10 places, of which a worker gives 5.
        #expect(wanted { $0.runsPerSecond = 100 } == 2)
        #expect(wanted { ($0.runsPerSecond, $0.runTime) = (100, .seconds(1)) } == 20)
        #expect(wanted { ($0.runsPerSecond, $0.runTime) = (1000, .seconds(60)) } == 20)
        #expect(wanted { $0.running = 26 } == 6)
    }

    @Test func `what waits is to be gone within the time that is given`() {
        // 3,000 in 30 seconds are 100 a second.
        #expect(wanted { $0.ready = 3000 } == 2)
    }

    @Test func `where jobs wait too long there have to be more, whatever the places say`() {
        #expect(wanted { ($0.ready, $0.workers, $0.oldest) = (1, 3, .seconds(20)) } == 4)
        #expect(wanted { ($0.ready, $0.workers, $0.oldest) = (1, 3, .minutes(20)) } == 6)
        #expect(wanted { ($0.ready, $0.workers, $0.oldest) = (0, 3, .minutes(20)) } == 0)
    }

    @Test func `a queue is seen as it is, with those who serve it`() async throws {
        let yard = try Yard()
        let worker = try await yard.worker([does(Plain.self) { _, _ in }]) { $0.concurrency = 7 }
        try await yard.queue.enqueueAll((0..<10).map { Plain(number: $0) })
        let redis = yard.queue.redis
        let need = try await eventuallySome("what the worker did is told") { () -> QueueNeed? in
            let need = try await QueueNeed.all(of: [Plain.queue], redis: redis, prefix: yard.queue.prefix).first
            return need.flatMap { $0.runTime != nil && $0.workers == 1 ? $0 : nil }
        }
        #expect(need.concurrency == 7 && need.ready == 0 && need.wanted == 1 && need.runsPerSecond > 0)
        await worker.stop()
        let after = try await QueueNeed.all(of: [Plain.queue], redis: redis, prefix: yard.queue.prefix)
        #expect(after.first?.workers == 0)
    }
}
