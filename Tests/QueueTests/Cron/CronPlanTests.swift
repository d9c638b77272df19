import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct CronPlanTests {
    private func hourly(_ missed: MissedRuns) throws -> CronEntry {
        try CronEntry("report", "0 * * * *", zone: "Europe/Berlin", missed: missed)
    }

    @Test func `at the first start nothing was missed`() throws {
        let plan = try hourly(.runAll(limit: 10, within: .days(1))).plan(
            last: nil, now: try time("2026-05-05T04:10:00Z"))
        #expect(plan.enqueue.isEmpty && plan.skipped.isEmpty)
        #expect(plan.plannedThrough == (try time("2026-05-05T04:10:00Z")))
        #expect(plan.next == (try time("2026-05-05T05:00:00Z")))
    }

    @Test(arguments: [MissedRuns.skip, .runOnce, .runAll(limit: 0, within: .zero)])
    func `what is due now runs under every policy`(missed: MissedRuns) throws {
        let due = try time("2026-05-05T05:00:00Z")
        for late in [Duration.zero, .milliseconds(3), CronEntry.punctual] {
            let plan = try hourly(missed).plan(last: due - .hours(1), now: due + late)
            #expect(plan.enqueue == [due] && plan.skipped.isEmpty)
            #expect(plan.plannedThrough == due && plan.next == due + .hours(1))
        }
    }

    @Test func `before it is due nothing happens`() throws {
        let last = try time("2026-05-05T05:00:00Z")
        let plan = try hourly(.runOnce).plan(last: last, now: last + .minutes(59))
        #expect(plan == CronPlan.nothing(since: last, next: last + .hours(1)))
    }

    @Test(
        arguments: [
            (MissedRuns.skip, [], ["policy", "policy", "policy", "policy"]),
            (.runOnce, [6], ["replaced 6", "replaced 6", "replaced 6"]),
            (.runAll(limit: 10, within: .days(1)), [3, 4, 5, 6], []),
            (.runAll(limit: 2, within: .days(1)), [5, 6], ["overLimit", "overLimit"]),
            (.runAll(limit: 10, within: .minutes(90)), [6], ["tooOld", "tooOld", "tooOld"]),
            (.runAll(limit: 1, within: .minutes(150)), [6], ["tooOld", "tooOld", "overLimit"]),
            (.runAll(limit: 0, within: .days(1)), [], ["overLimit", "overLimit", "overLimit", "overLimit"]),
        ] as [(MissedRuns, [Int], [String])])
    func `the policy decides about what was missed, and each skip says why`(
        missed: MissedRuns, runs: [Int], reasons: [String]
    ) throws {
        let plan = try hourly(missed).plan(
            last: try time("2026-05-05T02:00:00Z"), now: try time("2026-05-05T06:59:00Z"))
        #expect(plan.enqueue.map(\.civil.hour) == runs)
        #expect(plan.skipped.map(\.reason.word) == reasons)
        #expect(plan.skipped.map(\.planned.civil.hour) == Array((3...6).prefix(reasons.count)))
        #expect(plan.skipped.allSatisfy { $0.planned == $0.through })
        #expect(plan.plannedThrough == (try time("2026-05-05T06:00:00Z")))
        #expect(plan.next == (try time("2026-05-05T07:00:00Z")))
    }

    @Test func `a run that is due just now makes up for the missed ones`() throws {
        let plan = try hourly(.runOnce).plan(
            last: try time("2026-05-05T02:00:00Z"), now: try time("2026-05-05T05:00:05Z"))
        #expect(plan.enqueue.map(\.civil.hour) == [5])
        #expect(plan.skipped.map(\.reason.word) == ["replaced 5", "replaced 5"])
    }

    @Test func `a clock that is set back enqueues nothing twice`() throws {
        let entry = try hourly(.runAll(limit: 100, within: .days(30)))
        let now = try time("2026-05-05T05:00:00Z")
        let first = entry.plan(last: now - .hours(1), now: now)
        #expect(first.enqueue == [now])
        for back in [Duration.seconds(1), .minutes(30), .hours(5), .days(400)] {
            let plan = entry.plan(last: first.plannedThrough, now: now - back)
            #expect(plan.enqueue.isEmpty && plan.skipped.isEmpty)
            #expect(plan.plannedThrough == first.plannedThrough && plan.next == now + .hours(1))
            #expect(plan.clockBehind == back)
        }
    }

    @Test(arguments: ["* * * * * *", "@every 1s"])
    func `millions of missed runs are listed up to a bound and the rest recorded as one`(text: String) throws {
        let entry = try CronEntry("tick", text, missed: .runAll(limit: 3, within: .minutes(2)))
        let now = try time("2026-05-05T05:00:00Z")
        let plan = entry.plan(last: Timestamp(seconds: 0), now: now)
        #expect(plan.enqueue == (0...33).map { now - .seconds(33 - $0) })
        #expect(plan.skipped.first?.planned == Timestamp(seconds: 1))
        #expect(plan.skipped.first?.through == now - .seconds(1000))
        #expect(plan.skipped.first?.reason == .tooOld)
        #expect(plan.skipped.dropFirst().first?.planned == now - .seconds(999))
        #expect(plan.skipped.count == 1 + 1000 - 34)
        #expect(plan.plannedThrough == now)
    }

    @Test func `a date that never comes leaves nothing to wait for`() throws {
        let entry = try CronEntry("never", "0 0 30 2 *")
        let plan = entry.plan(last: Timestamp(seconds: 0), now: .now)
        #expect(plan == CronPlan.nothing(since: Timestamp(seconds: 0), next: nil))
    }

    @Test(arguments: [MissedRuns.skip, .runOnce, .runAll(limit: 3, within: .hours(5))])
    func `whenever plans are made, each occurrence runs or is skipped exactly once`(missed: MissedRuns) throws {
        var seed = Seed()
        let entry = try CronEntry("walk", "*/20 1-4 * * *", zone: "Europe/Berlin", missed: missed)
        let start = try time("2026-10-24T12:00:00Z")
        var seen: [Timestamp] = []
        var last: Timestamp? = start
        var now = start
        while now < start + .days(3) {
            // Sometimes the clock goes back, sometimes it runs on without a scheduler.
            now += .seconds(Int64.random(in: -3000...9000, using: &seed))
            let plan = entry.plan(last: last, now: now)
            seen += (plan.enqueue + plan.skipped.map(\.planned)).sorted()
            last = plan.plannedThrough
        }
        #expect(seen == entry.expression.upcoming(seen.count, after: start, in: entry.zone))
        #expect(seen.count > 30)
    }

    @Test func `an entry with a mistake in it is not made`() {
        #expect(throws: CronError.self) { try CronEntry("a", "* * * *") }
        #expect(throws: TimeZoneError.self) { try CronEntry("a", "* * * * *", zone: "Europe/Atlantis") }
    }
}

extension CronPlan {
    fileprivate static func nothing(since last: Timestamp, next: Timestamp?) -> CronPlan {
        CronPlan(plannedThrough: last, next: next)
    }
}

extension SkippedRun.Reason {
    fileprivate var word: String {
        switch self {
        case .policy: "policy"
        case .replaced(let run): "replaced \(run.civil.hour)"
        case .tooOld: "tooOld"
        case .overLimit: "overLimit"
        case .paused: "paused"
        }
    }
}
