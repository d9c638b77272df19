import Runtime

/// Brings a database's schema up to date, one process at a time.
public struct Migrator: Sendable {
    private let database: Database
    private let sets: [MigrationSet]
    /// The advisory lock of all runs: `switchyd` as eight bytes.
    private static let lock = 0x7377_6974_6368_7964

    /// The sets are applied in the order in which they are given.
    public init(_ database: Database, _ sets: [MigrationSet]) {
        precondition(Set(sets.map(\.module)).count == sets.count, "two sets of migrations for one module")
        self.database = database
        self.sets = sets
    }

    /// What `run` would do, as `queue 0003_dead_letters`; what any process but the migrating one asks at its start.
    /// Throws a `MigrationError` where an applied file was changed or is not there.
    public func pending() async throws -> [String] {
        let known = try await steps(on: database)
        let exists: Bool = try await database.one("select to_regclass('schema_migrations') is not null")
        let applied = exists ? try await appliedSteps(on: database) : []
        return try MigrationPlan(known: known, applied: applied, toleratesNewer: true).pending.map(\.label)
    }

    /// Throws a `MigrationError` that says what is missing, unless nothing is.
    public func check() async throws {
        let missing = try await pending()
        guard missing.isEmpty else {
            throw MigrationError(problems: ["the database lacks \(missing.joined(separator: ", "))"])
        }
    }

    /// Applies what is missing, each in a transaction of its own, and says after each how long it took. Waits up to
    /// `wait` for another process that does the same.
    @discardableResult
    public func run(
        waiting wait: Duration = .minutes(10), report: (_ migration: String, _ took: Duration) -> Void = { _, _ in }
    ) async throws -> [String] {
        let session = Session(lease: try await database.shard.lease())
        do {
            let applied = try await run(on: session, waiting: wait, report)
            await session.close()
            return applied
        } catch {
            await session.close()
            throw error
        }
    }

    private func run(
        on session: Session, waiting wait: Duration, _ report: (String, Duration) -> Void
    ) async throws -> [String] {
        try await session.run("set statement_timeout = 0")
        try await lock(session, within: wait)
        try await session.run(Self.table)
        let plan = try MigrationPlan(
            known: try await steps(on: session), applied: try await appliedSteps(on: session), toleratesNewer: false)
        for step in plan.pending {
            guard let migration = migration(of: step) else { continue }
            let start = MonotonicTime.now
            try await apply(migration, step, on: session)
            report(step.label, MonotonicTime.now - start)
        }
        return plan.pending.map(\.label)
    }

    // MARK: Steps

    /// Asked for again and again: who waits inside a statement holds a snapshot, for which the other one's
    /// `create index concurrently` would wait in turn.
    private func lock(_ session: Session, within limit: Duration) async throws {
        let deadline = MonotonicTime.now + limit
        while try await !session.one("select pg_try_advisory_lock(\(Self.lock))", as: Bool.self) {
            guard MonotonicTime.now < deadline else {
                throw PostgresError(.timeout, "another process has been migrating for \(limit)")
            }
            try await session.pause(.milliseconds(100))
        }
    }

    private func apply(_ migration: Migration, _ step: MigrationPlan.Step, on session: Session) async throws {
        if migration.needsNoTransaction {
            try await session.script(migration.text)
            return try await record(step, on: session)
        }
        let transaction = Transaction(on: session.lease, mode: .readCommitted)
        do {
            _ = try await transaction.perform(.script(migration.text), within: Self.longest)
            try await record(step, on: transaction)
            try await transaction.commit()
        } catch {
            await transaction.rollBack()
            throw error
        }
    }

    private func record(_ step: MigrationPlan.Step, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into schema_migrations (module, number, name, checksum)
            values (\(step.module), \(step.number), \(step.name), \(step.checksum))
            """)
    }

    private func migration(of step: MigrationPlan.Step) -> Migration? {
        sets.first { $0.module == step.module }?.migrations.first { $0.number == step.number }
    }

    private func steps(on sql: some SQLRunner) async throws -> [MigrationPlan.Step] {
        let all = sets.flatMap { set in set.migrations.map { (set.module, $0) } }
        let checksums: [String] = try await sql.all(
            """
            select encode(sha256(text), 'hex')
            from unnest(\(all.map { Array($0.1.text.utf8) })) with ordinality as files (text, place)
            order by place
            """)
        return zip(all, checksums).map { file, checksum in
            MigrationPlan.Step(module: file.0, number: file.1.number, name: file.1.name, checksum: checksum)
        }
    }

    private func appliedSteps(on sql: some SQLRunner) async throws -> [MigrationPlan.Step] {
        let rows: [(String, Int, String, String)] = try await sql.all(
            "select module, number, name, checksum from schema_migrations order by module, number")
        return rows.map { MigrationPlan.Step(module: $0.0, number: $0.1, name: $0.2, checksum: $0.3) }
    }

    static let longest: Duration = .hours(24)

    private static let table: SQL = """
        create table if not exists schema_migrations (
            module text not null,
            number integer not null,
            name text not null,
            checksum text not null,
            applied_at timestamptz not null default now(),
            primary key (module, number)
        )
        """
}

/// A connection held through a whole run, with the advisory lock; closed afterwards rather than tidied up.
private struct Session: SQLRunner {
    let lease: Lease

    func query(_ statement: SQL, within limit: Duration?) async throws -> Rows {
        try await lease.perform(.statement(statement), within: limit ?? Migrator.longest)
    }

    func script(_ text: String) async throws {
        _ = try await lease.perform(.script(text), within: Migrator.longest)
    }

    func pause(_ span: Duration) async throws { try await lease.shard.loop.domain.sleep(for: span) }

    func close() async { await lease.giveBack(forUse: false) }
}
