import JSON
import Postgres
import Queue
import Runtime

/// A comparison of our books with others', and what it has found.
package struct ReconciliationRun: Sendable {
    package let id: ID<ReconciliationRun>
    package let kind: String
    package let origin: String
    package let window: Range<Timestamp>
    package let startedAt: Timestamp
    package let finishedAt: Timestamp?
    package let checked: Int64
    package let matched: Int64
    package let repaired: Int64
    package let reported: Int64
    package let failure: String?
}

/// Something that was not the same here and there.
package struct ReconciliationItem: Sendable {
    package enum Finding: String, Sendable, CaseIterable {
        case paidUnknown = "paid_unknown"
        case excess
        case amountMismatch = "amount_mismatch"
        case unknownAtProvider = "unknown_at_provider"
        case stuckPending = "stuck_pending"
        case refund
        case books
    }

    package let id: ID<ReconciliationItem>
    package let provider: ProviderName?
    package let finding: Finding
    package let isRepaired: Bool
    package let order: ID<PaymentOrder>?
    package let payment: String?
    package let detail: String
    package let foundAt: Timestamp

    init(
        _ finding: Finding, of provider: ProviderName?, isRepaired: Bool, order: ID<PaymentOrder>? = nil,
        payment: String? = nil, _ detail: String, at now: Timestamp
    ) {
        id = .new()
        self.provider = provider
        self.finding = finding
        self.isRepaired = isRepaired
        self.order = order
        self.payment = payment
        self.detail = detail
        foundAt = now
    }
}

/// Compares what providers have with what we have, and puts right what is safe.
package struct ReconcilePayments: Job, Codable, Equatable {
    package static let kind = "payment.reconcile"
    package static let queue = QueueName.payments
    package static var retry: RetryPolicy { .exponential(attempts: 4, base: .seconds(30), cap: .minutes(5)) }
    package static var timeLimit: Duration { .minutes(14) }
    /// Nil: until now.
    let until: Timestamp?
    let hours: Int?
    let isManual: Bool

    package init(until: Timestamp?, hours: Int? = nil, isManual: Bool = false) {
        self.until = until
        self.hours = hours
        self.isManual = isManual
    }
}

/// Proves the books: every night.
package struct CheckBooks: Job, Codable, Equatable {
    package static let kind = "payment.check_books"
    package static let queue = QueueName.payments
    package static var timeLimit: Duration { .minutes(14) }

    package init() {}

    package static func cron() throws -> Cron {
        try Cron("payment.check_books", "20 2 * * *", zone: "Asia/Kolkata", missed: .runOnce) { _ in CheckBooks() }
    }
}

/// How often, and over what time, is reconciled.
package struct ReconciliationConfig: ConfigGroup {
    let isEnabled: Bool
    let schedule: String
    let hours: Int
    let attempts: Int
    let alertThreshold: Int

    package init(from reader: inout ConfigReader) {
        isEnabled = reader.read("RECONCILE_ENABLED", .bool, default: true)
        schedule = reader.read("RECONCILE_CRON_SCHEDULE", .text, default: "*/15 * * * *")
        hours = reader.read("RECONCILE_WINDOW_HOURS", .int(in: 1...720), default: 48)
        attempts = reader.read("RECONCILE_RETRY_ATTEMPTS", .int(in: 1...20), default: 3)
        alertThreshold = reader.read("RECONCILE_ALERT_THRESHOLD", .int(in: 0...1_000_000), default: 5)
        if (try? CronExpression(schedule)) == nil {
            reader.complain("RECONCILE_CRON_SCHEDULE", "is no cron expression", example: "*/15 * * * *")
        }
    }

    /// What schedulers plan.
    package func crons() throws -> [Cron] {
        let nightly = [try CheckBooks.cron(), try PruneWebhooks.cron()]
        guard isEnabled else { return nightly }
        return nightly + [
            try Cron("payment.reconcile", schedule, zone: "UTC", missed: .runOnce) { ReconcilePayments(until: $0) }
        ]
    }
}

extension ReconciliationItem.Finding: SQLEncodable, SQLDecodable {}

extension ReconciliationRun: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        kind = try row["kind"]
        origin = try row["origin"]
        let (start, end): (Timestamp, Timestamp) = (try row["window_start"], try row["window_end"])
        window = start..<max(start, end)
        startedAt = try row["started_at"]
        finishedAt = try row["finished_at"]
        checked = try row["checked"]
        matched = try row["matched"]
        repaired = try row["repaired"]
        reported = try row["reported"]
        failure = try row["failure"]
    }

    private static let columns: StaticString = """
        id, kind, origin, window_start, window_end, started_at, finished_at, checked, matched, repaired, reported, failure
        """

    static func begin(
        _ kind: String, _ window: Range<Timestamp>, isManual: Bool, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> ID<ReconciliationRun> {
        let id = ID<ReconciliationRun>.new()
        try await sql.run(
            """
            insert into reconciliation_runs (id, kind, origin, window_start, window_end, started_at)
            values (
                \(id), \(kind), \(isManual ? "manual" : "cron"), \(window.lowerBound), \(window.upperBound), \(now)
            )
            """)
        return id
    }

    static func finish(
        _ id: ID<ReconciliationRun>, checked: Int, matched: Int, failure: String?, at now: Timestamp,
        on sql: some SQLRunner
    ) async throws -> ReconciliationRun {
        try await sql.one(
            """
            update reconciliation_runs r
            set finished_at = \(now), checked = \(checked), matched = \(matched), failure = \(failure),
                repaired = (select count(*) from reconciliation_items i where i.run_id = r.id and i.action = 'repaired'),
                reported = (select count(*) from reconciliation_items i where i.run_id = r.id and i.action = 'reported')
            where id = \(id)
            returning \(literally: columns)
            """)
    }

    package static func latest(
        _ limit: Int, before: ID<ReconciliationRun>? = nil, started window: Range<Timestamp>? = nil,
        on sql: some SQLRunner
    ) async throws -> [ReconciliationRun] {
        try await sql.all(
            """
            select \(literally: columns) from reconciliation_runs
            where (\(before)::uuid is null or id < \(before))
                and (\(window?.lowerBound)::timestamptz is null or started_at >= \(window?.lowerBound))
                and (\(window?.upperBound)::timestamptz is null or started_at < \(window?.upperBound))
            order by id desc
            limit \(limit)
            """)
    }
}

extension ReconciliationItem: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        provider = try row["provider"]
        finding = try row["finding"]
        let action: String = try row["action"]
        isRepaired = action == "repaired"
        order = try row["order_id"]
        payment = try row["provider_payment_id"]
        detail = try row["detail"]
        foundAt = try row["found_at"]
    }

    func insert(in run: ID<ReconciliationRun>, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into reconciliation_items (
                id, run_id, provider, finding, action, order_id, provider_payment_id, detail, found_at)
            values (
                \(id), \(run), \(provider), \(finding), \(isRepaired ? "repaired" : "reported"), \(order), \(payment),
                \(detail), \(foundAt)
            )
            """)
    }

    package static func all(
        in run: ID<ReconciliationRun>, after: ID<ReconciliationItem>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [ReconciliationItem] {
        try await sql.all(
            """
            select id, provider, finding, action, order_id, provider_payment_id, detail, found_at
            from reconciliation_items
            where run_id = \(run) and (\(after)::uuid is null or id > \(after))
            order by id
            limit \(limit)
            """)
    }
}
