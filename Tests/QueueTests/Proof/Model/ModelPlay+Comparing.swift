import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

extension ModelPlay {
    func compare() async throws {
        for queue in Self.queues { try await compareBooks(of: queue) }
        let rows = try await database.all("select id from outbox", as: JobID.self)
        #expect(Set(rows) == Set(jobs.values.filter(\.hasRow).map(\.id)))
        let effects = try await database.all("select job from effects", as: JobID.self)
        #expect(effects.count == Set(effects).count)
        #expect(Set(effects) == Set(jobs.values.filter(\.hasEffect).map(\.id)))
        for batch in batches {
            let status = try #require(try await Batches(durable).find(batch.id))
            #expect(status.pending == batch.members.count && status.failed == batch.failed.count, "\(status)")
            #expect((status.completedAt != nil) == batch.isComplete, "\(status)")
            #expect((status.succeededAt != nil) == batch.hasSucceeded, "\(status)")
        }
        for chain in chains {
            let status = try #require(try await Chains(database: database).find(chain.id))
            #expect(status.stepsAhead == chain.ahead.count && status.stoppedBy == chain.stoppedBy, "\(status)")
            #expect((status.completedAt != nil) == chain.isComplete, "\(status)")
        }
    }

    private func compareBooks(of queue: QueueName) async throws {
        let balance = try await yard.balance(queue)
        let book = try #require(books[queue])
        let all = jobs.values.filter { $0.queue == queue }
        #expect(balance.isRight, "\(balance)")
        #expect(balance.enqueued + balance.repushed == book.entered, "\(queue): \(balance) \(book)")
        #expect(balance.done == book.done && balance.dead == book.dead, "\(queue): \(balance) \(book)")
        #expect(
            balance.cancelled == book.cancelled && balance.expired == book.expired, "\(queue): \(balance) \(book)")
        #expect(balance.leased == all.count(where: \.isLeased))
        #expect(balance.due == all.count { $0.state == .scheduled })
        #expect(balance.ready + balance.suspect == all.count { $0.state == .waiting })
        #expect(balance.unstored == all.count { $0.state == .dead(isStored: false) }, "\(queue): \(balance)")
    }

    /// Everything that is left can be done, and then nothing is held.
    func finish() async throws {
        for queue in Self.queues { try await yard.control(queue, ["paused": ""]) }
        try await eventually("the last job") {
            try await bringAllForward()
            for _ in 0..<20 {
                try await fetch()
                try await settle()
            }
            for queue in Self.queues { try await archive(queue) }
            return !jobs.values.contains { $0.isLive || $0.state == .dead(isStored: false) }
        }
        try await compare()
        #expect(try await database.one("select count(*) from outbox", as: Int.self) == 0)
        let keys = try await yard.redis.call("KEYS", yard.queue.prefix + "*").expectArray().compactMap(\.string)
        let parts = [":unique:", ":holders:", ":list:", ":leased:", ":due", ":suspect", ":dead"]
        let held = keys.filter { key in parts.contains { key.contains($0) } }
        #expect(held.isEmpty)
        for batch in batches { #expect(batch.isComplete || batch.isCancelled) }
        for chain in chains { #expect(chain.isComplete || chain.stoppedBy != nil) }
    }

    private func bringAllForward() async throws {
        for id in order {
            guard let job = jobs[id] else { continue }
            switch job.state {
            case .scheduled:
                #expect(try await yard.reschedule(id, in: job.queue, to: .now) == 1)
                try await promote(job.queue)
                jobs[id]?.state = .waiting
            case .remote: try await arrive(job)
            default: break
            }
        }
    }
}
