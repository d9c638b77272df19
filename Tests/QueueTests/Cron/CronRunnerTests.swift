import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite(.ownStores) struct CronRunnerTests {
    @Test func `whatever the clocks of two schedulers do, each occurrence is enqueued once`() async throws {
        try await withBench { bench in
            var seed = Seed()
            let cron = try Cron("tick", "* * * * *", missed: .runAll(limit: 1000, within: .days(1)), Ticked.init)
            let start = try time("2026-05-05T04:00:00Z")
            let clocks = [ManualClock(start), ManualClock(start)]
            let runners = [bench.runner([cron], clocks[0]), bench.runner([cron], clocks[1])]
            try await runners[0].declare()
            try await runners[1].declare()
            try await runners[0].runDue()
            var furthest = start
            for _ in 0..<40 {
                for clock in clocks {
                    // Sometimes back, sometimes over several occurrences.
                    clock.set(to: max(start, clock.now + .seconds(Int64.random(in: -150...200, using: &seed))))
                    furthest = max(furthest, clock.now)
                }
                try await withThrowingTaskGroup { group in
                    for runner in runners + runners { group.addTask { try await runner.runDue() } }
                    try await group.waitForAll()
                }
            }
            clocks[0].set(to: furthest)
            try await runners[0].runDue()
            let expected = cron.entry.expression.upcoming(10_000, after: start, in: .utc).prefix { $0 <= furthest }
            #expect(try await bench.ticks() == Array(expected))
            #expect(
                try await bench.database.one("select count(*) from cron_occurrences", as: Int.self) == expected.count)
        }
    }

    @Test(
        arguments: [
            (
                "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
                ["03-28T02:30:00+1", "03-29T03:00:00+2", "03-30T02:30:00+2"]
            ),
            (
                "*/30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
                [
                    "10-25T02:00:00+2", "10-25T02:30:00+2", "10-25T02:00:00+1", "10-25T02:30:00+1", "10-26T02:00:00+1",
                    "10-26T02:30:00+1",
                ]
            ),
            ("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", ["11-01T01:30:00-4", "11-02T01:30:00-5"]),
            (
                "0 * 8 3 *", "America/New_York", "2026-03-08T06:30:00Z",
                (3...23).map { "03-08T\($0 < 10 ? "0" : "")\($0):00:00-4" }
            ),
            ("15 5 * * *", "Asia/Kolkata", "2026-03-28T12:00:00Z", ["03-29T05:15:00+5.5", "03-30T05:15:00+5.5"]),
        ] as [(String, String, String, [String])])
    func `clock changes neither lose nor repeat a run`(
        expression: String, zone: String, start: String, expected: [String]
    ) async throws {
        try await withBench { bench in
            let cron = try Cron("tick", expression, zone: zone, Ticked.init)
            let start = try time(start)
            let clock = ManualClock(start)
            let runner = try await bench.declared([cron], clock)
            while clock.now < start + .hours(62) {
                clock.advance(by: .minutes(10))
                try await runner.runDue()
            }
            let found = shown(try await bench.ticks(), in: cron.entry.zone).map { String($0.dropFirst(5)) }
            #expect(Array(found.prefix(expected.count)) == expected)
            #expect(try await bench.skips().isEmpty)
        }
    }

    @Test(
        arguments: [
            (.skip, ["10:00"], ["policy 05:00", "policy 06:00", "policy 07:00", "policy 08:00", "policy 09:00"]),
            (
                .runOnce, ["09:00", "10:00"],
                ["replaced 05:00", "replaced 06:00", "replaced 07:00", "replaced 08:00"]
            ),
            (
                .runAll(limit: 2, within: .hours(4)), ["08:00", "09:00", "10:00"],
                ["too_old 05:00", "over_limit 06:00", "over_limit 07:00"]
            ),
        ] as [(MissedRuns, [String], [String])])
    func `a scheduler that was away treats what it missed as the entry says, and records each skip`(
        missed: MissedRuns, runs: [String], skips: [String]
    ) async throws {
        try await withBench { bench in
            let cron = try Cron("tick", "0 * * * *", missed: missed, Ticked.init)
            let clock = ManualClock(try time("2026-05-05T04:30:00Z"))
            _ = try await bench.declared([cron], clock)
            clock.set(to: try time("2026-05-05T09:45:00Z"))
            let restarted = try await bench.declared([cron], clock)
            clock.set(to: try time("2026-05-05T10:00:01Z"))
            try await restarted.runDue()
            #expect(try await bench.ticks().clocks == runs)
            #expect(try await bench.skips() == skips)
            let replacements: [Timestamp] = try await bench.database.all(
                "select distinct replaced_by from cron_occurrences where replaced_by is not null")
            #expect(replacements.clocks == (missed == .runOnce ? ["09:00"] : []))
        }
    }

    @Test func `a flush of Redis loses none of the jobs`() async throws {
        try await withBench { bench in
            let cron = try Cron("tick", "* * * * *", Ticked.init)
            let clock = ManualClock(try time("2026-05-05T04:30:00Z"))
            let runner = try await bench.declared([cron], clock)
            let relay = bench.relay()
            for minute in 1...10 {
                clock.advance(by: .minutes(1))
                try await runner.runDue()
                if minute == 5 {
                    try await eventually { try await bench.readyTicks() == 5 }
                    try await bench.flush()
                }
            }
            try await eventually {
                try await relay.checkEpochs()
                return try await bench.readyTicks() >= 10
            }
            let ready = try await bench.redis.call("LRANGE", bench.tickKeys.ready(.normal), 0, -1).expectArray()
            let ids = Set(ready.compactMap { $0.bytes.flatMap { EnvelopeView($0) }?.id })
            let stored: [JobID] = try await bench.database.all("select job_id from cron_occurrences")
            #expect(ids == Set(stored) && stored.count == 10)
        }
    }

    @Test func `a clock that is far ahead plans nothing`() async throws {
        try await withBench { bench in
            let cron = try Cron("tick", "* * * * *", missed: .runAll(limit: 100, within: .days(30)), Ticked.init)
            let ahead = bench.runner([cron], ManualClock(.now + .days(3)), tolerance: .seconds(60))
            let right = try await bench.declared([cron], SystemClock(), tolerance: .seconds(60))
            try await ahead.declare()
            try await ahead.runDue()
            try await right.runDue()
            #expect(try await bench.ticks().count <= 1)
            let planned: Timestamp = try await bench.database.one("select planned_through from cron_entries")
            #expect(planned <= .now)
        }
    }

    @Test func `what a far-ahead clock has used up does not run again, and the entry goes on after it`() async throws {
        try await withBench { bench in
            let cron = try Cron("tick", "0 * * * *", missed: .runAll(limit: 100, within: .days(30)), Ticked.init)
            let start = try time("2026-05-05T04:30:00Z")
            let clock = ManualClock(start)
            let runner = try await bench.declared([cron], clock)
            try await bench.runner([cron], ManualClock(start + .hours(3))).runDue()
            #expect(try await bench.ticks().clocks == ["05:00", "06:00", "07:00"])
            for _ in 0..<5 {
                clock.advance(by: .hours(1))
                try await runner.runDue()
            }
            #expect(try await bench.ticks().clocks == ["05:00", "06:00", "07:00", "08:00", "09:00"])
        }
    }
}
