import JSON
import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// A job that says for when it was planned.
struct Ticked: Job, Codable {
    static let kind = "test.ticked"
    static let queue = QueueName("ticks")
    let planned: Int64

    init(_ planned: Timestamp) { self.planned = planned.seconds }
}

extension Bench {
    /// Another process's runner, on a clock of its own.
    func runner(_ crons: [Cron], _ clock: any WallClock, tolerance: Duration? = nil, log: Logger = .silent)
        -> CronRunner
    {
        CronRunner(
            crons, durable: neighbour(), loops: Durables.loops, process: "test", clock: clock, tolerance: tolerance,
            logger: log)
    }

    /// Declares and plans once, so that all that follows counts as missed or due.
    func declared(_ crons: [Cron], _ clock: any WallClock, tolerance: Duration? = nil) async throws -> CronRunner {
        let runner = runner(crons, clock, tolerance: tolerance)
        try await runner.declare()
        try await runner.runDue()
        return runner
    }

    /// What was enqueued, by the planned time; each job once.
    func ticks() async throws -> [Timestamp] {
        let envelopes: [[UInt8]] = try await database.all(
            "select envelope from outbox where queue = \(Ticked.queue.name) order by id")
        return try envelopes.map { bytes in
            let view = try #require(EnvelopeView(RedisBytes(bytes)))
            let job = try view.payload.withUnsafeBytes { try JSONCoder.decode(Ticked.self, from: $0) }
            return Timestamp(seconds: job.planned)
        }.sorted()
    }

    /// `policy 05:00`, `paused 06:00`: the times in UTC.
    func skips() async throws -> [String] {
        let found: [(String, Timestamp)] = try await database.all(
            "select reason, planned_at from cron_occurrences where outcome = 'skipped' order by planned_at")
        return found.map { "\($0.0) \($0.1.rfc3339.dropFirst(11).prefix(5))" }
    }

    var tickKeys: QueueKeys { client.keys(of: Ticked.queue) }

    func readyTicks() async throws -> Int {
        try await redis.call("LLEN", tickKeys.ready(.normal)).int ?? 0
    }
}

extension [Timestamp] {
    /// `05:00`, in UTC.
    var clocks: [String] { map { String($0.rfc3339.dropFirst(11).prefix(5)) } }
}
