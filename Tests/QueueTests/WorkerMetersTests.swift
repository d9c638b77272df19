import JSON
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// What a worker's metrics and statistics say of its jobs.
@Suite struct WorkerMetersTests {
    @Test func `runs are counted by queue, kind and outcome, with how long they waited and ran`() async throws {
        let yard = try Yard()
        let metrics = MetricsRegistry()
        let worker = yard.worker(
            [
                does(Plain.self) { job, context in
                    if job.number == 1, context.attempt == 1 { throw JobOutcome.retryAfter(.milliseconds(5), "busy") }
                    if job.number == 2 { throw JobOutcome.fail("hopeless") }
                },
                does(Keyed.self) { _, _ in try await Task.sleep(for: .seconds(600)) },
            ], metrics: metrics
        ) { $0.drainGrace = .milliseconds(10) }
        try await worker.start()
        try await yard.queue.enqueueAll((0..<10).map { Plain(number: $0) })
        try await yard.queue.enqueue(Plain(number: 10), JobOptions(expiresAt: .now - .seconds(1)))
        try await yard.queue.enqueue(Unknown())
        try await yard.queue.enqueue(Keyed(number: 1), JobOptions(key: "a"))
        let expected = [
            #"queue_jobs_running{queue="keyed",kind="test.keyed"} 1"#,
            #"queue_jobs_ended_total{queue="plain",kind="test.plain",outcome="done"} 9"#,
            #"queue_jobs_taken_total{queue="plain",kind="test.plain"} 11"#,
            #"queue_jobs_taken_total{queue="keyed",kind="test.keyed"} 1"#,
            #"queue_jobs_ended_total{queue="plain",kind="test.plain",outcome="retrying"} 1"#,
            #"queue_jobs_ended_total{queue="plain",kind="test.plain",outcome="dead"} 1"#,
            #"queue_jobs_ended_total{queue="plain",kind="test.plain",outcome="expired"} 1"#,
            #"queue_jobs_failed_total{queue="plain",kind="test.plain"} 2"#,
            #"queue_job_duration_seconds_count{queue="plain",kind="test.plain"} 11"#,
            #"queue_job_wait_seconds_bucket{queue="plain",kind="test.plain",le="+Inf"} 11"#,
        ]
        do {
            try await eventually("the counts") { expected.allSatisfy { metrics.text.contains($0 + "\n") } }
        } catch {
            for line in expected where !metrics.text.contains(line + "\n") { Issue.record("there is no line \(line)") }
        }
        let text = metrics.text
        // It comes again and again.
        #expect(!text.contains(#"queue_jobs_ended_total{queue="plain",kind="unknown",outcome="parked"} 0"#))
        await worker.stop()
        #expect(metrics.text.contains(#"queue_jobs_running{queue="keyed",kind="test.keyed"} 0"#))
    }

    @Test func `statistics are kept of the queue and of each kind`() async throws {
        let yard = try Yard()
        struct Other: Job, Codable {
            static let kind = "test.other"
            static let queue = Plain.queue
        }
        let worker = try await yard.worker([does(Plain.self) { _, _ in }, does(Other.self) { _, _ in }])
        try await yard.queue.enqueueAll((0..<3).map { Plain(number: $0) })
        try await yard.queue.enqueueAll([Other(), Other()])
        try await eventually { try await yard.balance(Plain.queue).done == 5 }
        await worker.stop()
        var sums: [StatisticsField: Int] = [:]
        let minute = Timestamp.now.seconds / 60
        for minute in minute - 1...minute {
            let key = yard.queue.keys(of: Plain.queue).stats(minute: minute)
            for (name, amount) in try await yard.redis.call("HGETALL", key).expectFields() {
                if let field = StatisticsField(name) { sums[field, default: 0] += amount.int ?? 0 }
            }
        }
        #expect(sums[StatisticsField(.count("done"))] == 5)
        #expect(sums[StatisticsField(.count("done"), kind: Plain.kind)] == 3)
        #expect(sums[StatisticsField(.count("done"), kind: "test.other")] == 2)
        func runs(of kind: String) -> Int {
            sums.reduce(0) { sum, field in
                if case .ran = field.key.measure, field.key.kind == kind { return sum + field.value }
                return sum
            }
        }
        #expect(runs(of: "") == 5 && runs(of: Plain.kind) == 3)
    }

    @Test func `a lease that was lost is counted, and so are jobs taken back`() async throws {
        let yard = try Yard()
        let metrics = MetricsRegistry()
        let worker = yard.worker([does(Plain.self) { _, _ in }], metrics: metrics) {
            $0.lease = .seconds(4)
            $0.beat = .milliseconds(100)
        }
        try await worker.start()
        let keys = yard.queue.keys(of: Plain.queue)
        try await eventually { try await yard.redis.call("ZREM", keys.workers, "\(worker.name).0.1").int == 1 }
        try await eventually { metrics.text.contains(#"queue_leases_lost_total{queue="plain"} 1"#) }
        let envelope = try yard.queue.encoder.prepare(Plain(number: 1)).envelope
        try await yard.redis.call("HSET", keys.leased("dead"), 0, envelope.encoded)
        try await yard.redis.call("ZADD", keys.workers, 1, "dead")
        try await eventually { metrics.text.contains(#"queue_jobs_recovered_total{queue="plain",state="ready"} 1"#) }
        await worker.stop()
    }
}

private struct Unknown: Job, Codable {
    static let kind = "test.unknown"
    static let queue = Plain.queue
}

extension MetricsRegistry {
    /// As Prometheus reads it.
    fileprivate var text: String {
        var text = ByteBuffer()
        write(to: &text)
        return String(decoding: text.toArray(), as: UTF8.self)
    }
}
