import Postgres
import Queue
import Redis
import Runtime

/// What durable jobs and dead letters cost, with PostgreSQL on the same machine.
package final class DurableBench: Sendable {
    private let bench: Yardstick
    private let database: Database
    private let durable: DurableQueue

    /// Brings the database up to date first.
    package init(_ bench: Yardstick, databaseURL: String) async throws {
        self.bench = bench
        var config = DatabaseConfig(url: databaseURL)
        config.poolSize = 4
        database = Database(config, loops: bench.loops, threads: ThreadPool(name: "database", threads: 1))
        try await Migrator(database, [QueueMigrations.all]).run()
        durable = DurableQueue(
            database: database, client: bench.queue, loops: bench.loops, name: "bench", logger: bench.logger)
        durable.start()
    }

    package func close() async {
        await durable.stop()
        await database.close()
    }

    /// From the first insert to the last deleted row: outbox, push, run, end.
    package func jobsPerSecond(jobs: Int) async throws -> Double {
        try await bench.clean()
        try await database.run("truncate outbox")
        let counter = Countdown(jobs)
        let worker = bench.worker([AnyHandler(CountingHandler(counter: counter))], durable: durable)
        try await worker.start()
        let begun = MonotonicTime.now
        for start in stride(from: 0, to: jobs, by: 2000) {
            try await durable.enqueueAll((start..<min(start + 2000, jobs)).map { NoOp(number: $0) })
        }
        await counter.finished()
        while try await database.one("select count(*) from outbox", as: Int.self) > 0 {
            try await SystemClock().sleep(for: .milliseconds(2))
        }
        let span = MonotonicTime.now - begun
        await worker.stop()
        return Double(jobs) / span.inSeconds
    }

    /// The slowest of the questions that an operator asks of so many dead letters: a page, a filtered page, the page
    /// after it, the groups, a count.
    package func slowestQuestion(letters: Int) async throws -> Duration {
        try await database.run("truncate dead_letters, dead_letter_groups")
        // On a connection of its own: what shares one with it would wait for it.
        try await database.transaction { transaction in try await Self.fill(letters, on: transaction) }
        try await database.run("analyze dead_letters", within: .minutes(1))
        return try await askAll()
    }

    private static func fill(_ letters: Int, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into dead_letters (
                job_id, death, queue, style, kind, job_key, priority, envelope, is_readable, attempts, crashes,
                errors, error_type, last_error, fingerprint, enqueued_at, died_at
            )
            select
                gen_random_uuid(), 1, 'queue' || n % 7, 0, 'kind' || n % 50, 'key' || n % 10000, 1, 'envelope', true,
                3, 0, '[]', 'Error' || n % 20, 'user ' || n || ' has no address in town' || n % 100,
                'print' || n % 200, now(), now() - (\(letters) - n) * interval '1 second'
            from generate_series(1, \(letters)) n
            """, within: .minutes(5))
    }

    private func askAll() async throws -> Duration {
        let letters = DeadLetters(durable)
        var byKind = DeadLetterFilter()
        byKind.kind = "kind7"
        var byText = DeadLetterFilter()
        byText.text = "address town42"
        var slowest = Duration.zero
        func ask<Answer>(_ question: () async throws -> Answer) async throws -> Answer {
            let begun = MonotonicTime.now
            let answer = try await question()
            slowest = max(slowest, MonotonicTime.now - begun)
            return answer
        }
        for filter in [DeadLetterFilter(), byKind, byText] {
            let page = try await ask { try await letters.list(filter) }
            _ = try await ask { try await letters.list(filter, after: page.last?.cursor) }
            _ = try await ask { try await letters.count(filter) }
        }
        _ = try await ask { try await letters.groups() }
        return slowest
    }
}
