import JSON
import Postgres
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct CronBoardTests {
    private let noon = Timestamp(seconds: 1_777_982_400)

    private func hourly(_ name: String = "tick", missed: MissedRuns = .runOnce) throws -> Cron {
        try Cron(name, "0 * * * *", missed: missed, Ticked.init)
    }

    @Test func `what falls into a pause is skipped and says so, also when nobody ran meanwhile`() async throws {
        try await withBench { bench in
            let clock = ManualClock(noon)
            let board = CronBoard(bench.database, clock: clock)
            let runner = try await bench.declared([try hourly(missed: .runAll(limit: 10, within: .days(1)))], clock)
            #expect(try await board.pause("tick"))
            clock.advance(by: .hours(1))
            try await runner.runDue()
            clock.advance(by: .hours(2))
            #expect(try await board.resume("tick"))
            clock.advance(by: .hours(2))
            try await runner.runDue()
            #expect(try await bench.ticks().clocks == ["16:00", "17:00"])
            #expect(try await bench.skips() == ["paused 13:00", "paused 14:00", "paused 15:00"])
            #expect(try await board.pause("unknown") == false)
        }
    }

    @Test func `a run that two ask for and two schedulers see happens once`() async throws {
        try await withBench { bench in
            let clock = ManualClock(noon)
            let board = CronBoard(bench.database)
            let runners = [try await bench.declared([hourly()], clock), try await bench.declared([hourly()], clock)]
            for count in 1...5 {
                async let first = board.runNow("tick")
                async let second = board.runNow("tick")
                #expect(try await (first, second) == (true, true))
                try await withThrowingTaskGroup { group in
                    for runner in runners { group.addTask { try await runner.runDue() } }
                    try await group.waitForAll()
                }
                try await runners[0].runDue()
                #expect(try await bench.ticks().count == count)
            }
            let occurrences = try await board.occurrences(of: "tick")
            #expect(occurrences.count == 5 && occurrences.allSatisfy { $0.isManual && $0.job != nil })
            #expect(try await board.runNow("unknown") == false)
        }
    }

    @Test func `a paused entry runs when somebody asks for it, within a second`() async throws {
        try await withBench { bench in
            let runner = bench.runner([try hourly()], SystemClock())
            try await runner.start()
            let board = CronBoard(bench.database)
            try await eventually { try await board.pause("tick") }
            try await eventually { try await board.entries().first?.next != nil }
            let asked = MonotonicTime.now
            #expect(try await board.runNow("tick"))
            try await eventually { try await bench.ticks().count == 1 }
            #expect(MonotonicTime.now - asked < .minutes(1))
            await runner.stop()
            #expect(try await bench.database.one("select count(*) from cron_schedulers", as: Int.self) == 0)
        }
    }

    @Test func `an entry whose times change begins anew`() async throws {
        try await withBench { bench in
            let clock = ManualClock(noon)
            _ = try await bench.declared([hourly()], clock)
            clock.advance(by: .hours(5))
            let changed = try Cron("tick", "30 * * * *", Ticked.init)
            let runner = try await bench.declared([changed], clock)
            #expect(try await bench.ticks().isEmpty)
            #expect(try await bench.skips().isEmpty)
            clock.advance(by: .minutes(30))
            try await runner.runDue()
            #expect(try await bench.ticks().clocks == ["17:30"])
        }
    }

    @Test func `the younger of two versions decides what runs, and the elder when it is gone`() async throws {
        try await withBench { bench in
            let clock = ManualClock(noon)
            let board = CronBoard(bench.database, clock: clock)
            let elder = try await bench.declared([hourly("kept"), hourly("dropped")], clock)
            let younger = try await bench.declared([hourly("kept"), hourly("new")], clock)
            try await elder.declare()
            clock.advance(by: .hours(1))
            try await elder.runDue()
            try await younger.runDue()
            #expect(try await board.occurrences(of: "kept").count == 1)
            #expect(try await board.occurrences(of: "dropped").isEmpty)
            #expect(try await board.occurrences(of: "new").count == 1)
            #expect(try await board.entries().filter { $0.withdrawnAt != nil }.map(\.name) == ["dropped"])
            #expect(try await board.runNow("dropped") == false)
            await younger.stop()
            try await elder.declare()
            try await elder.runDue()
            #expect(try await board.occurrences(of: "dropped").count == 1)
            #expect(try await board.entries().filter { $0.withdrawnAt != nil }.map(\.name) == ["new"])
        }
    }

    @Test func `an entry that cannot be enqueued does not hold up the others`() async throws {
        try await withBench { bench in
            let clock = ManualClock(noon)
            let long = JobOptions(key: String(repeating: "k", count: 300))
            let broken = try Cron("broken", "0 * * * *", options: long) { Stuck(planned: $0.seconds) }
            let runner = try await bench.declared([broken, hourly()], clock)
            clock.advance(by: .hours(1))
            try await runner.runDue()
            #expect(try await bench.ticks().clocks == ["13:00"])
            #expect(try await CronBoard(bench.database).occurrences(of: "broken").isEmpty)
        }
    }

    @Test func `the list shows what runs next and what ran last`() async throws {
        try await withBench { bench in
            let clock = ManualClock(noon)
            let runner = try await bench.declared([hourly()], clock)
            clock.advance(by: .hours(1))
            try await runner.runDue()
            let listing = try #require(try await CronBoard(bench.database).entries().first)
            #expect(listing.name == "tick" && listing.kind == "test.ticked" && listing.queue == "ticks")
            #expect(listing.expression == "0 * * * *" && listing.zone == "UTC" && listing.missed == "run once")
            #expect(listing.next == noon + .hours(2) && listing.lastPlanned == noon + .hours(1))
            #expect(try await bench.outboxCount("id = \(listing.lastJob)") == 1)
            #expect(try listing.upcoming(3, after: noon) == [1, 2, 3].map { noon + .hours($0) })
        }
    }
}

/// A job whose key is too long to be enqueued.
private struct Stuck: Job, Codable {
    static let kind = "test.stuck"
    static let queue = QueueName("stuck", .keyed)
    let planned: Int64
}
