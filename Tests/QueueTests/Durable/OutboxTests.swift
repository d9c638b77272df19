import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct OutboxTests {
    @Test func `a job of a transaction that is rolled back never exists`() async throws {
        try await withBench { bench in
            await #expect(throws: CancellationError.self) {
                try await bench.durable.transaction { transaction in
                    try await transaction.enqueue(Numbered(number: 1))
                    throw CancellationError()
                }
            }
            try await bench.durable.enqueue(Numbered(number: 2))
            try await eventually { try await bench.readyIDs().count == 1 }
            #expect(try await bench.outboxCount() == 1)
        }
    }

    @Test func `a savepoint that fails takes its jobs with it`() async throws {
        try await withBench { bench in
            let kept = try await bench.durable.transaction { transaction in
                let kept = try await transaction.enqueue(Numbered(number: 1))
                try? await transaction.savepoint {
                    try await transaction.run("select 1")
                    try await transaction.enqueue(Numbered(number: 2))
                    throw CancellationError()
                }
                return kept
            }
            try await eventually { try await bench.readyIDs() == [kept] }
            #expect(try await bench.outboxCount() == 1)
        }
    }

    @Test func `a committed job is in Redis as written, and its row stays until it has ended`() async throws {
        try await withBench { bench in
            let id = try await bench.durable.enqueue(Numbered(number: 7))
            let envelope = try await eventuallySome { try await bench.readyEnvelopes().first }
            #expect(envelope.id == id)
            #expect(envelope.attributes.contains(.durable))
            #expect(try await bench.outboxCount("push_at is null") == 1)
            try await bench.durable.finish([id], as: .done)
            #expect(try await bench.outboxCount() == 0)
            try await bench.durable.finish([id], as: .done)
        }
    }

    @Test func `a thousand concurrent enqueues share statements and all arrive once`() async throws {
        try await withBench { bench in
            try await withThrowingTaskGroup { group in
                for number in 0..<1000 { group.addTask { try await bench.durable.enqueue(Numbered(number: number)) } }
                try await group.waitForAll()
            }
            try await eventually { try await bench.readyIDs().count == 1000 }
            #expect(Set(try await bench.readyIDs()).count == 1000)
            #expect(try await bench.outboxCount("push_at is null") == 1000)
        }
    }

    @Test func `the push happens although the caller is cancelled`() async throws {
        try await withBench { bench in
            let task = Task {
                try await bench.durable.transaction { transaction in
                    try await transaction.enqueue(Numbered(number: 1))
                    try await transaction.writeJobs()
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            try await task.value
            try await eventually { try await bench.readyIDs().count == 1 }
        }
    }

    @Test func `only one of two ends of a job counts`() async throws {
        try await withBench { bench in
            try await bench.database.run("create table effects (job uuid)")
            let id = try await bench.durable.enqueue(Numbered(number: 1))
            let outcomes = await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        do {
                            try await bench.durable.transaction(finishing: id) { transaction in
                                _ = try await transaction.run("insert into effects (job) values (\(id))")
                            }
                            return true
                        } catch {
                            return !(error is JobAlreadyFinished)
                        }
                    }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.filter(\.self).count == 1)
            #expect(try await bench.database.one("select count(*) from effects", as: Int.self) == 1)
            #expect(try await bench.outboxCount() == 0)
        }
    }

    @Test func `a large payload stays in PostgreSQL and is found there`() async throws {
        try await withBench { bench in
            let filler = String(repeating: "x", count: 20_000)
            let id = try await bench.durable.enqueue(Numbered(number: 1, filler: filler))
            let envelope = try await eventuallySome { try await bench.readyEnvelopes().first }
            #expect(envelope.attributes.contains(.payloadStored))
            #expect(envelope.payload.isEmpty)
            let store = PayloadStore(database: bench.database)
            let volatile = JobID.new()
            try await store.save([1, 2, 3], of: volatile)
            let found = try await store.load([id, volatile])
            #expect(found[id].map { String(decoding: $0, as: UTF8.self).contains(filler) } == true)
            #expect(found[volatile] == [1, 2, 3])
            let pruned = try await store.pruneOrphans(
                olderThan: .zero, queues: [Numbered.queue], client: bench.client, secondLook: .milliseconds(1))
            #expect(pruned == 1)
            #expect(try await store.load([volatile]).isEmpty)
        }
    }

    @Test func `the second job with a unique key ends as a duplicate`() async throws {
        try await withBench { bench in
            let options = JobOptions(unique: .untilDone("same"))
            let first = try await bench.durable.enqueue(Numbered(number: 1), options)
            try await eventually { try await bench.readyIDs() == [first] }
            try await bench.durable.enqueue(Numbered(number: 2), options)
            try await eventually { try await bench.outboxCount() == 1 }
            #expect(try await bench.readyIDs() == [first])
        }
    }

    @Test(arguments: [Uniqueness.untilDone("same"), .debounce("same"), .untilStarted("same")])
    func `a volatile job neither stands for a durable one nor takes its place`(unique: Uniqueness) async throws {
        try await withBench { bench in
            let options = JobOptions(runAt: .now + .seconds(30), unique: unique)
            let volatile = try await bench.client.enqueue(Numbered(number: 1), options)
            let durable = try await bench.durable.enqueue(Numbered(number: 2), options)
            await bench.durable.pusher.untilIdle()
            #expect(try await bench.outboxCount("id = \(durable)") == 1)
            let due = try await bench.redis.call("ZCARD", bench.keys.due).int
            #expect(due == 2)
            let another = try await bench.client.enqueue(Numbered(number: 3), options)
            switch another {
            case .duplicate(let owner): #expect(owner == volatile.id)
            case .replaced(let earlier, _): #expect(earlier == volatile.id)
            case .taken: Issue.record("the key was free")
            }
            #expect(try await bench.outboxCount("id = \(durable)") == 1)
        }
    }

    @Test func `a debounced job's row goes when a later one takes its place`() async throws {
        try await withBench { bench in
            func options(_ seconds: Int) -> JobOptions {
                JobOptions(runAt: .now + .seconds(seconds), unique: .debounce("same"))
            }
            try await bench.durable.enqueue(Numbered(number: 1), options(600))
            try await eventually { try await bench.redis.call("ZCARD", bench.keys.due).int == 1 }
            let last = try await bench.durable.enqueue(Numbered(number: 2), options(1200))
            try await eventually { try await bench.outboxCount() == 1 }
            #expect(try await bench.outboxCount("id = \(last)") == 1)
            #expect(try await bench.redis.call("ZCARD", bench.keys.due).int == 1)
        }
    }
}
