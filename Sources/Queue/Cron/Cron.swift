import Runtime

/// A job that is enqueued at set times, as a durable one. Declared beside the job:
///
///     try Cron("payments.reconcile", "*/15 * * * *", zone: "Asia/Kolkata") { ReconcilePayments(until: $0) }
///
/// The closure gets the planned time, which is earlier than now where a missed run is made up for.
package struct Cron: Sendable {
    package let entry: CronEntry
    package let kind: String
    package let queue: QueueName
    let prepare: @Sendable (_ planned: Timestamp, _ encoder: JobEncoder) throws -> PreparedJob

    /// Throws `CronError` or `TimeZoneError`. `options` go with every job.
    package init<J: Job>(
        _ name: String, _ expression: String, zone: String = "UTC", missed: MissedRuns = .runOnce,
        options: JobOptions = JobOptions(), _ job: @escaping @Sendable (_ planned: Timestamp) -> J
    ) throws {
        entry = try CronEntry(name, expression, zone: zone, missed: missed)
        kind = J.kind
        queue = J.queue
        prepare = { planned, encoder in try encoder.prepare(job(planned), options) }
    }
}
