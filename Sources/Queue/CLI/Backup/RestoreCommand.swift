import JSON
import Model
import Postgres
import Queue
import Redis
import Runtime

/// `yardctl restore`
enum RestoreCommand {
    static let command = Command(
        path: "restore", summary: "bring a backup back",
        details: [
            "Proves the hashes first, and changes nothing when one is wrong. The database has to be empty, or --overwrite",
            "be given, which drops all that is in it; and no process of the platform may be connected to it. Then the",
            "database comes back in one transaction, the files go where STORAGE_PATH says, and all jobs that were owed are",
            "marked to be pushed to Redis anew. Redis still knows of what happened after the backup: --empty-redis removes",
            "all keys under REDIS_PREFIX. Run yardctl migrate afterwards where the version is a newer one.",
        ],
        parameters: [.init(name: "BACKUP", summary: "the folder of one backup", words: .files)],
        options: [
            .init(name: "overwrite", summary: "drop what is in the database"),
            .init(name: "without-files", summary: "the database alone"),
            .init(name: "empty-redis", summary: "remove all keys under REDIS_PREFIX"), .yes,
        ],
        examples: [("/var/backups/switchyard/switchyard-20261122T021500Z", "into an empty database")],
        run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let reader = BackupReader(
            session: session, folder: invocation.word("BACKUP"), database: try session.database())
        let manifest = try await reader.prove(withFiles: !invocation.flag("without-files"))
        try await makeRoom(invocation, session)
        try await reader.restoreDatabase()
        let files = invocation.flag("without-files") ? 0 : try await reader.restoreMedia(manifest)
        let owed = try await oweAgain(session)
        var removed: Int?
        if invocation.flag("empty-redis") { removed = try await emptyRedis(session) }
        if invocation.wantsJSON {
            session.console.print([
                "backup": .string(manifest.startedAt), "files": .number(files), "jobsOwed": .number(owed),
                "redisKeysRemoved": removed.map { .number($0) } ?? .null,
            ])
            return .clean
        }
        session.console.print(
            "The database is as it was at \(manifest.startedAt), with \(Figures.count(owed, "job")) owed.")
        if files > 0 { session.console.print("Brought back \(Figures.count(files, "file")).") }
        if let removed { session.console.print("Removed \(Figures.count(removed, "key")) of Redis.") }
        return .clean
    }

    // MARK: The target

    private static func makeRoom(_ invocation: Invocation, _ session: Session) async throws {
        let database = try session.database()
        let connected: [String] = try await database.all(
            """
            select distinct application_name from pg_stat_activity
            where datname = current_database() and application_name like 'switchyard %'
            """)
        guard connected.isEmpty else {
            throw CommandFailure(
                "these are connected to the database: \(connected.sorted().joined(separator: ", "))",
                hint: "Stop all processes first.", code: .finding)
        }
        let relations: Int64 = try await database.one(
            """
            select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
                and n.nspname not like 'pg_temp%' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
            """)
        guard relations > 0 else { return }
        guard invocation.flag("overwrite") else {
            throw CommandFailure(
                "the database is not empty, so nothing was done",
                hint: "Restore into an empty one, or add --overwrite to drop what is in it.", code: .finding)
        }
        try await session.confirm("Drop everything in the database, and restore the backup?", invocation)
        try await database.run(script: "drop schema public cascade; create schema public")
    }

    // MARK: Jobs

    /// What was on its way when the backup was made is in no Redis any more, or should not be.
    private static func oweAgain(_ session: Session) async throws -> Int {
        let database = try session.database()
        try await database.run("update outbox set push_at = now() where push_at is null", within: .minutes(5))
        try await database.run("delete from outbox_writers")
        let owed: Int64 = try await database.one("select count(*) from outbox")
        return Int(owed)
    }

    private static func emptyRedis(_ session: Session) async throws -> Int {
        let (redis, prefix) = (try session.redis(), try session.prefix())
        var (cursor, removed) = ("0", 0)
        repeat {
            try Task.checkCancellation()
            let answer = try await redis.call("SCAN", cursor, "MATCH", prefix.escapedForMatch + "*", "COUNT", 2000)
                .expectArray()
            cursor = answer.first?.string ?? "0"
            let keys = answer.last?.array?.compactMap(\.string) ?? []
            guard !keys.isEmpty else { continue }
            removed += try await redis.call { writer in
                writer.command("UNLINK", expecting: keys.count)
                for key in keys { writer.append(key) }
            }.expectInt()
        } while cursor != "0"
        return removed
    }
}
