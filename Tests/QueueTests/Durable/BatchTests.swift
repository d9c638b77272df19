import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct BatchTests {
    private func callbacks(_ bench: Bench) throws -> (complete: PreparedJob, success: PreparedJob) {
        (try bench.prepared(-1), try bench.prepared(-2))
    }

    private func numbers(_ range: Range<Int>) -> [Numbered] { range.map { Numbered(number: $0) } }

    @Test func `a thousand members that end all at once lead to each callback once`() async throws {
        try await withBench { bench in
            let (complete, success) = try callbacks(bench)
            let batch = try await bench.durable.enqueueBatch(
                "thousand", numbers(0..<1000), BatchCallbacks(onComplete: complete, onSuccess: success))
            try await eventually { try await bench.readyIDs().count == 1000 }
            let ids = try await bench.takeReady()
            let neighbour = bench.neighbour()
            try await withThrowingTaskGroup { group in
                for start in stride(from: 0, to: 1000, by: 10) {
                    let part = Array(ids[start..<start + 10])
                    // Some twice, as after an epoch: the second end changes nothing.
                    group.addTask { try await bench.finish(part) }
                    group.addTask { try await neighbour.finish(part, as: .done) }
                }
                try await group.waitForAll()
            }
            try await bench.relay().sweepBatches()
            try await eventually { try await bench.readyIDs().count == 2 }
            #expect(Set(try await bench.readyIDs()) == [complete.id, success.id])
            #expect(try await bench.outboxCount() == 2)
            let status = try await Batches(bench.durable).find(batch)
            #expect(status?.total == 1000)
            #expect(status?.done == 1000)
            #expect(status?.succeededAt != nil)
            await neighbour.stop()
        }
    }

    @Test func `a dead member lets the batch complete, and its retry lets it succeed`() async throws {
        try await withBench { bench in
            let (complete, success) = try callbacks(bench)
            let batch = try await bench.durable.enqueueBatch(
                "dead", numbers(0..<5), BatchCallbacks(onComplete: complete, onSuccess: success))
            try await eventually { try await bench.readyIDs().count == 5 }
            var envelopes = try await bench.readyEnvelopes()
            _ = try await bench.takeReady()
            try await bench.finish(envelopes[1...].map(\.id))
            envelopes[0].options.add(JobFailure(at: .now, attempt: 1, type: "Oops", message: "no"))
            try await bench.redis.call("RPUSH", bench.keys.dead, envelopes[0].encoded)
            #expect(try await bench.archivist().archive(Numbered.queue) == 1)
            try await eventually { try await bench.readyIDs() == [complete.id] }
            #expect(try await Batches(bench.durable).find(batch)?.failed == 1)
            #expect(try await Batches(bench.durable).find(batch)?.succeededAt == nil)

            _ = try await bench.takeReady()
            let letter = try #require(try await bench.letters.list(DeadLetterFilter()).first)
            #expect(try await bench.letters.retry([letter.id]) == 1)
            try await eventually { try await bench.readyIDs() == [envelopes[0].id] }
            try await bench.finish([envelopes[0].id])
            try await eventually { try await bench.readyIDs().contains(success.id) }
            #expect(try await bench.readyIDs().contains(complete.id) == false)
            #expect(try await Batches(bench.durable).find(batch)?.succeededAt != nil)
        }
    }

    @Test func `only an open batch, or a member that runs, takes more jobs`() async throws {
        try await withBench { bench in
            let (complete, _) = try callbacks(bench)
            let batch = try await bench.durable.transaction { transaction in
                try await transaction.openBatch("open", BatchCallbacks(onComplete: complete))
            }
            try await bench.durable.transaction { transaction in
                _ = try await transaction.enqueueAll(numbers(0..<2), in: batch)
            }
            try await eventually { try await bench.readyIDs().count == 2 }
            let members = try await bench.takeReady()
            try await bench.durable.transaction { try await $0.seal(batch) }
            await #expect(throws: BatchError.closed(batch)) {
                try await bench.durable.transaction { transaction in
                    _ = try await transaction.enqueueAll(numbers(2..<3), in: batch)
                }
            }
            try await bench.finish([members[0]])
            // The last member adds another in the very transaction that ends it.
            try await bench.durable.transaction(finishing: members[1]) { transaction in
                _ = try await transaction.enqueueAll(numbers(3..<4), in: batch)
            }
            try await eventually { try await bench.readyIDs().count == 1 }
            let last = try await bench.takeReady()
            #expect(last != [complete.id])
            try await bench.finish(last)
            try await eventually { try await bench.readyIDs() == [complete.id] }
            await #expect(throws: BatchError.closed(batch)) {
                try await bench.durable.transaction { transaction in
                    _ = try await transaction.enqueueAll(numbers(4..<5), in: batch, from: last[0])
                }
            }
        }
    }

    @Test func `a batch within a batch has to end first`() async throws {
        try await withBench { bench in
            let (complete, success) = try callbacks(bench)
            let parent = try await bench.durable.transaction { transaction in
                let parent = try await transaction.openBatch(
                    "parent", BatchCallbacks(onComplete: complete, onSuccess: success))
                let child = try await transaction.openBatch("child", within: parent)
                try await transaction.enqueueAll(numbers(0..<1), in: child)
                try await transaction.enqueueAll(numbers(1..<2), in: parent)
                try await transaction.seal(child)
                try await transaction.seal(parent)
                return parent
            }
            try await eventually { try await bench.readyIDs().count == 2 }
            let ids = try await bench.takeReady()
            try await bench.finish([ids[1]])
            #expect(try await Batches(bench.durable).find(parent)?.openChildren == 1)
            #expect(try await Batches(bench.durable).find(parent)?.completedAt == nil)
            try await bench.finish([ids[0]])
            try await eventually { try await Set(bench.readyIDs()) == [complete.id, success.id] }
        }
    }

    @Test func `a cancelled batch takes its jobs along and calls nobody back`() async throws {
        try await withBench { bench in
            let (complete, success) = try callbacks(bench)
            let batch = try await bench.durable.enqueueBatch(
                "cancelled", numbers(0..<30), BatchCallbacks(onComplete: complete, onSuccess: success))
            try await eventually { try await bench.readyIDs().count == 30 }
            #expect(try await Batches(bench.durable).cancel(batch) == 30)
            #expect(try await bench.outboxCount() == 0)
            #expect(try await bench.redis.call("ZCARD", bench.keys.cancelled).int == 30)
            #expect(try await Batches(bench.durable).find(batch)?.cancelledAt != nil)
        }
    }

    @Test func `a chain runs step after step`() async throws {
        try await withBench { bench in
            let steps = try (0..<4).map { try bench.prepared($0) }
            let chain = try await bench.durable.enqueueChain("four", steps)
            for step in steps {
                try await eventually { try await bench.readyIDs() == [step.id] }
                _ = try await bench.takeReady()
                try await bench.finish([step.id])
                try await bench.finish([step.id])
            }
            try await eventually { try await Chains(database: bench.database).find(chain)?.completedAt != nil }
            #expect(try await bench.outboxCount() == 0)
        }
    }

    @Test func `a dead step stops its chain, and its retry goes on with it`() async throws {
        try await withBench { bench in
            let steps = try (0..<3).map { try bench.prepared($0) }
            let chain = try await bench.durable.enqueueChain("three", steps)
            try await eventually { try await bench.readyIDs() == [steps[0].id] }
            let envelope = try #require(try await bench.readyEnvelopes().first)
            _ = try await bench.takeReady()
            try await bench.redis.call("RPUSH", bench.keys.dead, envelope.encoded)
            try await bench.archivist().archive(Numbered.queue)
            let stopped = try await Chains(database: bench.database).find(chain)
            #expect(stopped?.stoppedBy == steps[0].id)
            #expect(stopped?.stoppedOutcome == "dead")
            #expect(stopped?.stepsAhead == 2)
            let letter = try #require(try await bench.letters.list(DeadLetterFilter()).first)
            try await bench.letters.retry([letter.id])
            #expect(try await Chains(database: bench.database).find(chain)?.stoppedAt == nil)
            try await bench.durable.transaction(finishing: steps[0].id) { _ in }
            try await eventually { try await bench.readyIDs().contains(steps[1].id) }
        }
    }
}
