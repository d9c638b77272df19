import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// Queries that are run by a loop itself, without a task.
@Suite(.ownStores) struct QueryTests {
    private let loop = Arrangement.oneLoop.loops[0]

    /// Starts all queries in one turn, and waits until each has called.
    private func outcomes(
        of queries: [Query<Int>], on database: Database
    ) async throws -> [Int: Result<Int, any Error>] {
        let outcomes = Mutex<[Int: Result<Int, any Error>]>([:])
        let calls = Mutex(0)
        loop.execute { domain in
            for (number, query) in queries.enumerated() {
                database.value(of: query, on: domain) { outcome in
                    #expect(domain.loop.isCurrent)
                    calls.withLock { $0 += 1 }
                    outcomes.withLock { $0[number] = outcome }
                }
            }
        }
        try await eventually("all calls") { outcomes.withLock { $0.count } == queries.count }
        #expect(calls.withLock { $0 } == queries.count, "each calls once")
        return outcomes.withLock { $0 }
    }

    private func number(_ number: Int) -> Query<Int> {
        Query.first("select \(number)").map { (found: Int?) in found ?? 0 }
    }

    @Test func `each query of a turn gets its own rows`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop) { database in
            for _ in 0..<3 {
                let outcomes = try await outcomes(of: (0..<300).map(number), on: database)
                #expect(
                    outcomes.mapValues { try? $0.get() } == Dictionary(uniqueKeysWithValues: (0..<300).map { ($0, $0) })
                )
            }
            #expect(database.meters.sharedReads > 0)
        }
    }

    @Test func `what the server refuses, and what cannot be sent, comes as an error`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop) { database in
            let broken = Query.first("select 1 / \(0)").map { (found: Int?) in found ?? 0 }
            let unsendable = Query.first("select length(\("a\u{0}b"))").map { (found: Int?) in found ?? 0 }
            let misread = number(5).map { _ -> Int in throw Refused() }
            let outcomes = try await outcomes(of: [number(1), broken, number(2), unsendable, misread], on: database)
            #expect(try outcomes[0]?.get() == 1)
            #expect(try outcomes[2]?.get() == 2)
            #expect(throws: PostgresError.self) { try outcomes[1]?.get() }
            #expect(throws: PostgresError.self) { try outcomes[3]?.get() }
            #expect(throws: Refused.self) { try outcomes[4]?.get() }
        }
    }

    @Test func `whoever is called may ask again at once`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop) { database in
            let rounds = Rounds()
            loop.execute { domain in for _ in 0..<8 { rounds.ask(database, 40, on: domain) } }
            try await eventually("all rounds") { rounds.right.withLock { $0 } == 8 * 41 }
        }
    }

    @Test func `a connection that breaks, and a database that closes, call too`() async throws {
        try await withDatabase(loops: Arrangement.oneLoop, { $0.poolSize = 1 }) { database in
            let sleep = Query.first("select 1 from pg_sleep(600)").map { (found: Int?) in found ?? 0 }
            async let lost = outcomes(of: [sleep, number(1)], on: database)
            try await eventually("it sleeps") {
                try await Psql.run(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where query like '%pg_sleep(600)%' "
                        + "and pid <> pg_backend_pid() and datname = current_database()",
                    on: TestStores.current.databaseURL
                ).contains("1")
            }
            let ended = try await lost
            #expect(throws: PostgresError.self) { try ended[0]?.get() }
            #expect(try await database.one("select 7", as: Int.self) == 7)
            await database.close()
            let closed = try await outcomes(of: [number(1)], on: database)
            #expect(throws: PostgresError.self) { try closed[0]?.get() }
        }
    }

    private struct Refused: Error {}

    private final class Rounds: Sendable {
        let right = Mutex(0)

        func ask(_ database: Database, _ left: Int, on domain: isolated LoopDomain) {
            database.value(of: Query.first("select \(left)"), on: domain) { (outcome: Result<Int?, any Error>) in
                guard (try? outcome.get()) == left else { return }
                self.right.withLock { $0 += 1 }
                if left > 0 { self.ask(database, left - 1, on: domain) }
            }
        }
    }
}
