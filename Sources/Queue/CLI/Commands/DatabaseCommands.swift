import JSON
import Model
import Postgres
import Runtime

/// `yardctl db …`
enum DatabaseCommands {
    static let test = Command(
        path: "db test", summary: "say whether the database can be worked with",
        details: ["Ends with 1 when tables are missing, 69 when it cannot be reached."]
    ) { invocation, session in
        let database = try session.database()
        let start = MonotonicTime.now
        let (server, name, bytes): (String, String, Int64) = try await database.one(
            "select current_setting('server_version'), current_database()::text, pg_database_size(current_database())")
        let took = MonotonicTime.now - start
        let missing = try await Migrator(database, AllMigrations.sets).pending()
        if invocation.wantsJSON {
            session.console.print([
                "database": .string(name), "version": .string(server), "bytes": .number(bytes),
                "milliseconds": .number(took.milliseconds), "pending": .array(missing.map { .string($0) }),
            ])
        } else {
            session.console.print(
                "PostgreSQL \(server) answers in \(Figures.span(took)): database \(name), \(Figures.bytes(Int(bytes)))."
            )
            session.console.print(
                missing.isEmpty
                    ? "All tables are there."
                    : "\(Figures.count(missing.count, "migration")) missing: run yardctl migrate.")
        }
        return missing.isEmpty ? .clean : .finding
    }

    static let reset = Command(
        path: "db reset", summary: "drop everything in the database, and make all tables anew",
        details: ["For development: production refuses. Redis keeps what it knows; yardctl restore can empty it."],
        options: [.yes]
    ) { invocation, session in
        guard !ConfigReader(session.environment).isProduction else {
            throw CommandFailure(
                "production is not reset", hint: "Drop the database by hand, if you mean it.", code: .config)
        }
        try await session.confirm("Drop everything in the database?", invocation)
        let database = try session.database()
        try await database.run(script: "drop schema public cascade; create schema public")
        var applied: [String] = []
        try await Migrator(database, AllMigrations.sets).run { name, _ in applied.append(name) }
        if invocation.wantsJSON {
            session.console.print(["applied": .array(applied.map { .string($0) })])
        } else {
            session.console.print("The database is empty, with all its tables.")
        }
        return .clean
    }
}
