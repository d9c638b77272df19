import BenchSupport
import Postgres
import Runtime

/// A prepared one-row SELECT by 64 tasks over four connections against pgbench with four clients, on the same table.
func measurePostgres(_ group: LoopGroup, into figures: inout Figures) async throws {
    let url = try requiredVariable("DATABASE_URL")
    var config = DatabaseConfig(url: url)
    config.poolSize = 4
    config.minimumPerLoop = 4
    let database = Database(config, loops: group, threads: ThreadPool(name: "database", threads: 1))
    let programs = try requiredVariable("SWITCHYARD_POSTGRES_PROGRAMS")
    _ = try Program.output("\(programs)/pgbench -i -q -s 1 '\(url)' 2>&1")
    var ratios: [Double] = []
    var best = 0.0
    for _ in 0..<5 {
        let text = try Program.output("\(programs)/pgbench -n -M prepared -S -c 4 -j 1 -T 2 '\(url)' 2>&1")
        let theirs = try Program.number(after: "tps =", in: text)
        let ours = try await selectRate(database, group.loops[0])
        best = max(best, ours)
        ratios.append(ours / theirs)
    }
    figures.add("pgSelectRatio", ratios.sorted()[2], "of pgbench -M prepared -S -c 4, at least 2")
    figures.add("pgSelectsPerSecond", best, digits: 0, "the fastest of five runs")
    await database.close()
}

private func selectRate(_ database: Database, _ loop: EventLoop) async throws -> Double {
    let tasks = 64
    let each = 3000
    return try await onLoop(loop) { _ in
        try await rate(of: each * tasks) {
            try await withThrowingTaskGroup { group in
                for task in 0..<tasks { group.addTask { try await select(each, from: task, database) } }
                try await group.waitForAll()
            }
        }
    }
}

private func select(_ count: Int, from task: Int, _ database: Database) async throws {
    for round in 0..<count {
        let account = (task * 1543 + round * 7919) % 100_000 + 1
        let balance: Int = try await database.one("select abalance from pgbench_accounts where aid = \(account)")
        precondition(balance == 0)
    }
}
