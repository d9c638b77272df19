import Glibc
import Postgres
import Queue
import Runtime

/// Writes its row. Volatile jobs may do so twice; durable ones end in the same transaction.
struct EffectHandler<Payload: Effect>: JobHandler {
    let database: Database
    let pace: Duration

    func handle(_ job: Payload, _ context: JobContext) async throws {
        let started = Timestamp.now
        if pace > .zero { try await Task.sleep(for: pace) }
        if context.attempt <= job.failures { throw NotYet() }
        try await context.transaction { try await Row(job.number, context, started).write(to: $0) }
    }

    struct NotYet: Error {}
}

struct BareHandler: JobHandler {
    let database: Database

    func handle(_ job: BareEffect, _ context: JobContext) async throws {
        try await Row(job.number, context, .now).writeOnce(to: database)
    }
}

/// What a run leaves behind.
private struct Row {
    let number: Int
    let job: String
    let key: String?
    let attempt: Int
    let started: Timestamp

    init(_ number: Int, _ context: JobContext, _ started: Timestamp) {
        self.number = number
        self.started = started
        job = context.id.description
        key = context.key
        attempt = context.attempt
    }

    private static let columns: StaticString = "number, job, process, key, attempt, started, ended"

    private var values: SQL {
        "\(number), \(job), \(Int(getpid())), \(key), \(attempt), \(started), clock_timestamp()"
    }

    func write(to sql: some SQLRunner) async throws {
        try await sql.run("insert into effects (\(literally: Self.columns)) values (\(values))")
    }

    /// Two copies of a job may run at once, each of which sees only what was committed before it began.
    func writeOnce(to database: Database) async throws {
        try await database.transaction { transaction in
            try await transaction.run("select pg_advisory_xact_lock(hashtextextended(\(job), 0))")
            try await transaction.run(
                """
                insert into effects (\(literally: Self.columns))
                select \(values) where not exists (select from effects where job = \(job))
                """)
        }
    }
}

struct PoisonHandler: JobHandler {
    let database: Database

    /// Dies between the effect and the word that it happened, as every handler may.
    func handle(_ job: Poison, _ context: JobContext) async throws {
        if job.isHealed {
            let id = context.id.description
            let runs: Int = try await database.one("select count(*) from effects where job = \(id)")
            try await Row(job.number, context, .now).write(to: database)
            if runs > 0 { return }
        }
        kill(getpid(), SIGKILL)
    }
}

struct BlockingHandler: JobHandler {
    func handle(_ job: Blocking, _ context: JobContext) async throws { while true { sleep(3600) } }
}
