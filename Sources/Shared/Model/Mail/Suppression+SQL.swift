import Postgres
import Runtime

/// An address that mail did not reach.
struct Suppression: RowDecodable {
    /// Until then nothing is sent there; nil: it failed, but not often enough.
    let until: Timestamp?

    init(row: Row) throws(RowError) { until = try row["suppressed_until"] }

    func covers(_ now: Timestamp) -> Bool { until.map { now < $0 } ?? false }

    /// So often a mailbox may be full before it is left alone.
    static let patience = 3
    /// So long nothing is sent there: whoever gave it may have put it right.
    static let unknownFor = Duration.days(90)
    static let fullFor = Duration.days(14)
    /// After so long a failure is forgotten.
    static let memory = Duration.days(180)

    static func find(_ email: EmailAddress, on sql: some SQLRunner) async throws -> Suppression? {
        try await sql.first("select suppressed_until from mail_suppressions where email = \(email)")
    }

    /// Nothing is sent there from now on, or when it has happened often enough.
    static func note(
        _ bounce: MailBounce, of email: EmailAddress, _ reply: String, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        guard bounce != .other else { return }
        let end: Timestamp? = bounce == .unknown ? now + unknownFor : nil
        try await sql.run(
            """
            insert into mail_suppressions as s (email, reply, failures, updated_at, suppressed_until)
            values (\(email), \(reply), 1, \(now), \(end))
            on conflict (email) do update
            set reply = excluded.reply, failures = s.failures + 1, updated_at = excluded.updated_at,
                suppressed_until = coalesce(
                    excluded.suppressed_until, case when s.failures + 1 >= \(patience) then \(now + fullFor)::timestamptz end)
            """)
    }

    /// It was reached.
    static func forget(_ email: EmailAddress, on sql: some SQLRunner) async throws {
        try await sql.run("delete from mail_suppressions where email = \(email)")
    }

    static func prune(before time: Timestamp, limit: Int, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from mail_suppressions
            where email in (select email from mail_suppressions where updated_at < \(time) limit \(limit))
            """)
    }
}
