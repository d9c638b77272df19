import JSON
import Model
import Postgres
import Runtime

/// `yardctl migrate`
enum MigrateCommand {
    static let command = Command(
        path: "migrate", summary: "bring the database's tables up to date",
        details: [
            "Needs DATABASE_URL alone. Waits while another process migrates. With --check it changes nothing, and ends",
            "with 1 when something is missing.",
        ],
        options: [.init(name: "check", summary: "only say what is missing")], run: run)

    static func run(_ invocation: Invocation, _ session: Session) async throws -> ExitCode {
        let migrator = Migrator(try session.database(), AllMigrations.sets)
        do {
            let missing = try await migrator.pending()
            if invocation.flag("check") { return report(missing, invocation, session.console) }
            let applied = try await apply(missing, with: migrator, invocation, session)
            if invocation.wantsJSON {
                session.console.print(["applied": .array(applied.map { .string($0) })])
            } else if applied.isEmpty {
                session.console.print("The database is up to date.")
            }
            return .clean
        } catch let error as MigrationError {
            throw CommandFailure(
                "the database cannot be migrated: \(error)",
                hint:
                    "Files of migrations are never changed or taken away once they were applied: deploy the version that has them.",
                code: .config)
        }
    }

    private static func report(_ missing: [String], _ invocation: Invocation, _ console: Console) -> ExitCode {
        if invocation.wantsJSON {
            console.print(["pending": .array(missing.map { .string($0) })])
        } else if missing.isEmpty {
            console.print("The database is up to date.")
        } else {
            for name in missing { console.print("missing: \(name)") }
        }
        return missing.isEmpty ? .clean : .finding
    }

    private static func apply(
        _ missing: [String], with migrator: Migrator, _ invocation: Invocation, _ session: Session
    ) async throws -> [String] {
        try await session.whileShowing("migrating") {
            try await migrator.run { name, took in
                if !invocation.wantsJSON { session.console.print("applied \(name) in \(Figures.span(took))") }
            }
        }
    }
}
