import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Postgres

private struct Refused: Error {}

/// Everything at once, by chance: whatever happens, each caller gets its own answer and no change is made twice.
@Suite(.ownStores) struct MixtureTests {
    /// What became of each row that someone wanted to insert.
    private final class Ledger: Sendable {
        private let rows = Mutex<(last: Int, kept: Set<Int>, refused: Set<Int>)>((0, [], []))

        func new() -> Int {
            rows.withLock {
                $0.last += 1
                return $0.last
            }
        }

        func keep(_ row: Int) { rows.withLock { _ = $0.kept.insert(row) } }
        func refuse(_ row: Int) { rows.withLock { _ = $0.refused.insert(row) } }

        var outcome: (kept: Set<Int>, refused: Set<Int>) { rows.withLock { ($0.kept, $0.refused) } }
    }

    @Test func `a random mixture of everything keeps every answer and every change apart`() async throws {
        var seed = Seed()
        let seeds = (0..<32).map { _ in seed.next() }
        let ledger = Ledger()
        let adjust = { (config: inout DatabaseConfig) in
            config.waitLimit = .seconds(30)
            config.statementLimit = .seconds(30)
        }
        try await withDatabase(adjust) { database in
            try await database.run(
                script: """
                    create table log (id int);
                    create function add(n int) returns int language sql as 'insert into log values (n) returning id'
                    """)
            try await withThrowingTaskGroup { group in
                for (number, seed) in seeds.enumerated() {
                    let loop = Arrangement.loops.loops[number % 2]
                    group.addTask(executorPreference: number % 3 == 0 ? nil : loop) {
                        var random = Seed(seed)
                        for _ in 0..<(Soak.isOn ? 3000 : 150) { try await step(&random, database, ledger) }
                    }
                }
                try await group.waitForAll()
            }
            let counts: [(Int, Int)] = try await database.all("select id, count(*) from log group by id")
            let found = Set(counts.map(\.0))
            let (kept, refused) = ledger.outcome
            #expect(counts.allSatisfy { $0.1 == 1 })
            #expect(kept.subtracting(found) == [])
            #expect(refused.intersection(found) == [])
            #expect(!kept.isEmpty && !refused.isEmpty)
            try await eventually { database.meters.leased == 0 && database.meters.waiting == 0 }
        }
    }

    private func step(_ random: inout Seed, _ database: Database, _ ledger: Ledger) async throws {
        let number = Int.random(in: 0..<1_000_000, using: &random)
        switch Int.random(in: 0..<200, using: &random) {
        case 0..<90: try await read(number, database)
        case 90..<110:
            let error = try await postgresError { try await database.one("select 1 / \(0)", as: Int.self) }
            #expect(error?.sqlState?.rawValue == "22012" || error?.kind == .connectionLost)
        case 110..<120:
            _ = try await postgresError { try await database.run("select pg_sleep(1)", within: .milliseconds(2)) }
        case 120..<130:
            let task = Task { try await database.one("select \(number)", as: Int.self) }
            task.cancel()
            _ = await task.result
        case 130..<150: try await insert(ledger) { row in try await database.run("insert into log values (\(row))") }
        case 150..<165:
            try await insert(ledger) { row in _ = try await database.one("select add(\(Int32(row)))", as: Int.self) }
        case 165..<180: try await change(ledger, database, fails: false)
        case 180..<195: try await change(ledger, database, fails: true)
        case 195..<198: _ = try await postgresError { try await database.run("deallocate all") }
        default: _ = try await postgresError { try await database.run("select pg_terminate_backend(pg_backend_pid())") }
        }
    }

    private func read(_ number: Int, _ database: Database) async throws {
        let error = try await postgresError {
            let back: Int = try await database.one("select \(number)")
            #expect(back == number)
        }
        #expect(error == nil || error?.kind == .connectionLost, "\(String(describing: error))")
    }

    private func insert(_ ledger: Ledger, _ body: (Int) async throws -> Void) async throws {
        let row = ledger.new()
        do {
            try await body(row)
            ledger.keep(row)
        } catch let error as PostgresError {
            if error.kind == .refused { ledger.refuse(row) }
            #expect(error.kind == .refused || error.kind == .connectionLost, "\(error)")
        }
    }

    private func change(_ ledger: Ledger, _ database: Database, fails: Bool) async throws {
        let row = ledger.new()
        do {
            try await database.transaction { transaction in
                try await transaction.run("insert into log values (\(row))")
                async let one: Int = transaction.one("select \(row)")
                async let two: Int = transaction.one("select \(row) + 1")
                let sum = try await one + two
                #expect(sum == row * 2 + 1)
                if fails { throw Refused() }
            }
            ledger.keep(row)
        } catch is Refused {
            ledger.refuse(row)
        } catch let error as PostgresError {
            #expect(error.kind == .connectionLost || error.isWorthRetrying, "\(error)")
        }
    }
}
