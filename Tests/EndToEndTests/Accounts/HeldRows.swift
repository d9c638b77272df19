import JSON
import TestSupport
import Testing

/// Rows or a table that nobody else gets for a while, so that who comes to them stays in the middle of what it does.
final class HeldRows: Sendable {
    private let platform: Platform
    private let holder: TestProcess

    /// A table that nobody else can even read.
    static func table(_ name: String, on platform: Platform) async throws -> HeldRows {
        try await HeldRows(by: "lock table \(name)", on: platform)
    }

    init(by statement: String, on platform: Platform) async throws {
        self.platform = platform
        let psql = "\(try #require(Environment["SWITCHYARD_POSTGRES_PROGRAMS"]))/psql"
        holder = try TestProcess(
            psql,
            ["-X", "-q", "-d", platform.databaseURL, "-c", "begin", "-c", statement, "-c", "select pg_sleep(600)"])
        try await eventually("\(statement) is held") {
            try await platform.ask(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and query = 'select pg_sleep(600)' and state = 'active'
                """) == "1"
        }
    }

    func untilWaitedFor(by count: Int = 1) async throws {
        try await eventually("\(count) wait for the rows") { try await waiting() >= count }
    }

    /// Returns when the session of whoever waited, and was killed, has noticed that it is gone.
    func release() async throws {
        _ = try await platform.ask(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and query = 'select pg_sleep(600)'
            """)
        try await holder.waitForExit()
        try await eventually("nobody is left inside of a transaction") {
            try await platform.ask(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
                """) == "0"
        }
    }

    private func waiting() async throws -> Int {
        let text = try await platform.ask(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
        return try #require(Int(text))
    }
}

extension Platform {
    /// No job waits or has died, and what was owed was done.
    func expectNothingLeft() async throws {
        try await eventually("the outbox is empty") { try await ask("select count(*) from outbox") == "0" }
        #expect(try await ask("select count(*) from dead_letters") == "0")
    }

    func yardctl(_ arguments: String...) async throws {
        let run = try TestProcess(ours: "yardctl", arguments, environment: environment)
        #expect(try await run.waitForExit() == .code(0), "\(run.errors)")
    }
}
