import Postgres
import Runtime

/// Writes down what this process declares. While schedulers of two versions run, the declarations of the one that was
/// started last hold; when it is gone, those of the other again.
struct CronDeclarations: Sendable {
    static let beat = Duration.seconds(5)
    private static let lease = Duration.seconds(20)

    let crons: [Cron]
    private let scheduler = UUID.v7()
    private let process: String
    private let database: Database

    init(_ crons: [Cron], process: String, database: Database) {
        self.crons = crons
        self.process = process
        self.database = database
    }

    /// Shows that this process lives, and declares if it is the youngest.
    func renew() async throws {
        try await database.transaction { transaction in
            // One at a time: whoever finds itself the youngest still is when it writes.
            try await transaction.run("select pg_advisory_xact_lock(hashtext('cron_schedulers'))")
            try await transaction.run(
                """
                insert into cron_schedulers (id, name, alive_until)
                values (\(scheduler), \(process), now() + \(Self.lease))
                on conflict (id) do update set alive_until = excluded.alive_until
                """)
            try await transaction.run("delete from cron_schedulers where alive_until < now()")
            let youngest: UUID = try await transaction.one(
                "select id from cron_schedulers order by started_at desc, id desc limit 1")
            if youngest == scheduler { try await declare(on: transaction) }
        }
    }

    func withdraw() async throws { try await database.run("delete from cron_schedulers where id = \(scheduler)") }

    /// Entries whose times have changed begin anew, and so do those that were gone for longer than a deployment takes.
    private func declare(on sql: some SQLRunner) async throws {
        let entries = crons.map(\.entry)
        try await sql.run(
            """
            insert into cron_entries as known (name, kind, queue, expression, zone, missed)
            select entry.*
            from unnest(
                \(entries.map(\.name)), \(crons.map(\.kind)), \(crons.map(\.queue.name)),
                \(entries.map(\.expression.text)), \(entries.map(\.zone.name)), \(entries.map(\.missed.description))
            ) as entry (name, kind, queue, expression, zone, missed)
            on conflict (name) do update set
                kind = excluded.kind, queue = excluded.queue, expression = excluded.expression, zone = excluded.zone,
                missed = excluded.missed, changed_at = now(), withdrawn_at = null,
                planned_through = case
                    when (known.expression, known.zone) = (excluded.expression, excluded.zone)
                        and coalesce(known.withdrawn_at > now() - interval '1 hour', true)
                    then known.planned_through
                end
            where known.withdrawn_at is not null
                or (known.kind, known.queue, known.expression, known.zone, known.missed)
                    <> (excluded.kind, excluded.queue, excluded.expression, excluded.zone, excluded.missed)
            """)
        try await sql.run(
            """
            update cron_entries set withdrawn_at = now(), changed_at = now()
            where withdrawn_at is null and name <> all (\(entries.map(\.name)))
            """)
    }
}
