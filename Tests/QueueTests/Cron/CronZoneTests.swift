import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Two schedulers, whose clocks go as they like, over the changes of the clocks in three zones, and a Redis that is
/// emptied meanwhile.
@Suite(.ownStores) struct CronZoneTests {
    struct Case: Sendable, CustomStringConvertible {
        let zone: String
        /// Midnight of the first of three days.
        let start: String
        let daily: String
        let expected: [String]
        /// Where the 17th minute of an hour there begins, in seconds of an hour here.
        var second = 17 * 60

        var description: String { "\(zone) \(start)" }
    }

    static let cases = [
        Case(
            zone: "Europe/Berlin", start: "2026-03-27T23:00:00Z", daily: "30 2 * * *",
            expected: ["03-28T02:30:00+1", "03-29T03:00:00+2", "03-30T02:30:00+2"]),
        Case(
            zone: "Europe/Berlin", start: "2026-10-23T22:00:00Z", daily: "30 2 * * *",
            expected: ["10-24T02:30:00+2", "10-25T02:30:00+2", "10-26T02:30:00+1"]),
        Case(
            zone: "America/New_York", start: "2026-03-07T05:00:00Z", daily: "30 2 * * *",
            expected: ["03-07T02:30:00-5", "03-08T03:00:00-4", "03-09T02:30:00-4"]),
        Case(
            zone: "America/New_York", start: "2026-10-31T04:00:00Z", daily: "30 1 * * *",
            expected: ["10-31T01:30:00-4", "11-01T01:30:00-4", "11-02T01:30:00-5"]),
        // Nobody sets a clock there, also not on the days when others do.
        Case(
            zone: "Asia/Kolkata", start: "2026-03-27T18:30:00Z", daily: "30 2 * * *",
            expected: ["03-28T02:30:00+5.5", "03-29T02:30:00+5.5", "03-30T02:30:00+5.5"], second: 47 * 60),
        Case(
            zone: "Asia/Kolkata", start: "2026-10-23T18:30:00Z", daily: "30 2 * * *",
            expected: ["10-24T02:30:00+5.5", "10-25T02:30:00+5.5", "10-26T02:30:00+5.5"], second: 47 * 60),
    ]

    @Test(arguments: cases) func `each occurrence is enqueued once, and is there after a flush`(_ wanted: Case)
        async throws
    {
        try await withBench { bench in
            let all = MissedRuns.runAll(limit: 1000, within: .days(30))
            let crons = [
                try Cron("daily", wanted.daily, zone: wanted.zone, missed: all, Ticked.init),
                try Cron("hourly", "17 * * * *", zone: wanted.zone, missed: all, Ticked.init),
            ]
            let start = try time(wanted.start)
            try await play(crons, from: start, to: start + .hours(72), on: bench)
            let ticks = try await bench.ticks()
            let hourly = ticks.filter { Int($0.seconds % 3600) == wanted.second }
            let daily = shown(ticks.filter { !hourly.contains($0) }, in: crons[0].entry.zone)
            #expect(daily.map { String($0.dropFirst(5)) } == wanted.expected)
            #expect(hourly.count == 72)
            #expect(zip(hourly, hourly.dropFirst()).allSatisfy { $1 - $0 == .hours(1) })
            try await check(bench, ticks.count)
        }
    }

    private func play(_ crons: [Cron], from start: Timestamp, to end: Timestamp, on bench: Bench) async throws {
        var seed = Seed()
        let clocks = [ManualClock(start), ManualClock(start)]
        let runners = [bench.runner(crons, clocks[0]), bench.runner(crons, clocks[1])]
        for runner in runners { try await runner.declare() }
        try await runners[0].runDue()
        for step in 0..<30 {
            for clock in clocks {
                let next = clock.now + .minutes(Int.random(in: -90...360, using: &seed))
                clock.set(to: min(max(start, next), end))
            }
            try await withThrowingTaskGroup { group in
                for runner in runners + runners { group.addTask { try await runner.runDue() } }
                try await group.waitForAll()
            }
            if step == 15 { try await bench.flush() }
        }
        clocks[0].set(to: end)
        try await runners[0].runDue()
    }

    /// Every job is in Redis, and the books balance; also when all of it is gone once more.
    private func check(_ bench: Bench, _ count: Int) async throws {
        let relay = bench.relay()
        for _ in 0..<2 {
            try await eventually("all jobs in Redis") {
                try await relay.checkEpochs()
                return try await readyIDs(bench).count == count
            }
            let balance = try await Balance.read(bench.tickKeys, from: bench.redis)
            #expect(balance.difference == 0 && balance.ready >= count, "\(balance)")
            try await bench.flush()
        }
    }

    private func readyIDs(_ bench: Bench) async throws -> Set<JobID> {
        let ready = try await bench.redis.call("LRANGE", bench.tickKeys.ready(.normal), 0, -1).expectArray()
        return Set(ready.compactMap { $0.bytes.flatMap { EnvelopeView($0) }?.id })
    }
}
