import Postgres
import Runtime

/// How long dead letters are kept, and how many. What goes leaves a row that says so.
package struct DeadLetterRetention: Sendable {
    package var age = Duration.days(90)
    package var count = 5_000_000
    /// Letters that were retried are only history.
    package var ageOfRetried = Duration.days(14)

    package init() {}

    private static let page = 5000

    /// Drops what is beyond the limits, in small steps. How many these were.
    @discardableResult
    package func prune(on database: Database) async throws -> Int {
        var dropped = try await drop("age", "died_at < now() - \(age)", on: database)
        dropped += try await drop("age", "retried_at < now() - \(ageOfRetried)", on: database)
        let waiting: Int = try await database.one(
            "select coalesce(sum(waiting), 0)::bigint from dead_letter_groups")
        guard waiting > count else { return dropped }
        return dropped + (try await drop("count", "retried_at is null", atMost: waiting - count, on: database))
    }

    private func drop(
        _ reason: String, _ condition: SQL, atMost limit: Int = .max, on database: Database
    ) async throws -> Int {
        var dropped = 0
        while dropped < limit {
            let count: Int = try await database.one(
                """
                with gone as (
                    delete from dead_letters
                    where id in (
                        select id from dead_letters
                        where \(condition)
                        order by died_at, id
                        limit \(min(Self.page, limit - dropped))
                    )
                    returning queue, kind, died_at
                ), noted as (
                    insert into dead_letter_prunings (reason, queue, kind, letters, oldest, newest)
                    select \(reason), queue, kind, count(*), min(died_at), max(died_at) from gone group by queue, kind
                )
                select count(*) from gone
                """)
            guard count > 0 else { break }
            dropped += count
        }
        return dropped
    }
}
