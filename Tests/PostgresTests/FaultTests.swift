import Glibc
import Runtime
import TestSupport
import Testing

@testable import Postgres

/// Servers that die, hang, or come back.
@Suite struct FaultTests {
    /// For servers that never answer: nothing is lost by short limits.
    private func brief(_ config: inout DatabaseConfig) {
        config.connectLimit = .seconds(1)
        config.waitLimit = .seconds(3)
    }

    /// For servers that answer at last, however busy the machine is.
    private func patient(_ config: inout DatabaseConfig) {
        config.statementLimit = .seconds(30)
        config.cancelGrace = .milliseconds(300)
    }

    /// Sixty-four callers ask without a pause until told to stop; none of them hangs.
    private func ask(_ database: Database, until isOver: Flag) async throws -> (answers: Int, errors: Int) {
        try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for number in 0..<64 {
                group.addTask {
                    var (answers, errors) = (0, 0)
                    while !isOver.isRaised {
                        let start = ContinuousClock.now
                        do {
                            let back: Int = try await database.one("select \(number)")
                            #expect(back == number)
                            answers += 1
                        } catch is PostgresError {
                            errors += 1
                        }
                        #expect(ContinuousClock.now - start < .minutes(1))
                        await Task.yield()
                    }
                    return (answers, errors)
                }
            }
            return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        }
    }

    @Test func `once a server has been away for a while nobody is kept waiting, until it is back`() async throws {
        let server = try await PostgresServer()
        func adjust(_ config: inout DatabaseConfig) {
            config.refusesAfter = .milliseconds(200)
            config.waitLimit = .minutes(30)
        }
        try await withDatabase(at: server.url, adjust) { database in
            try await database.check()
            try await server.kill()
            // These would wait for half an hour: the first is under way before the absence is known, and may be on a
            // connection of which nobody knows yet that it is lost.
            try await eventually("the absence is known") {
                let first = try await postgresError { try await database.run("select 1") }
                return first?.message.hasPrefix("the database has been away") == true
            }
            for _ in 0..<3 {
                let alone = await #expect(throws: PostgresError.self) { try await database.run("select 1") }
                #expect(alone?.message.hasPrefix("the database has been away") == true)
                await #expect(throws: PostgresError.self) {
                    try await database.transaction { try await $0.run("select 1") }
                }
            }
            try await server.start()
            try await eventually { (try? await database.run("select 1", within: .seconds(5))) == 1 }
        }
    }

    @Test func `a server that is killed and restarted under sixty-four callers leaves none of them hanging`()
        async throws
    {
        let server = try await PostgresServer()
        try await withDatabase(at: server.url, patient) { database in
            try await database.check()
            let isOver = Flag()
            async let outcome = ask(database, until: isOver)
            for _ in 0..<3 {
                let before = database.meters.connects
                // Whether one of the callers is being answered right then is chance; this one surely is.
                let sleeper = Task {
                    try await database.transaction { try await $0.run("select pg_sleep(600)", within: .minutes(10)) }
                }
                try await eventually("a statement under way") {
                    let asleep: Int? = try? await database.one(
                        "select count(*)::int from pg_stat_activity where wait_event = 'PgSleep'")
                    return asleep ?? 0 > 0
                }
                try await server.restart()
                await #expect(throws: PostgresError.self) { try await sleeper.value }
                try await eventually("a new connection") { database.meters.connects > before }
            }
            isOver.raise()
            let (answers, _) = try await outcome
            #expect(answers > 0)
            #expect(try await database.one("select 1", as: Int.self) == 1)
        }
    }

    @Test func `a server that accepts and never answers gives everyone an error in time`() async throws {
        let hole = try BlackHole()
        let url = "postgresql://switchyard:secret@127.0.0.1:\(hole.port)/switchyard"
        try await withDatabase(at: url, brief) { database in
            // Before the first attempt to connect is given up, and after it.
            let early = try await postgresError { try await database.run("select 1", within: .milliseconds(20)) }
            #expect(early?.message == "the database did not accept a connection in time")
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 {
                    group.addTask {
                        let error = try await postgresError { try await database.run("select 1") }
                        #expect(error?.kind == .timeout)
                        #expect(error?.message.contains("did not accept a connection") == true)
                    }
                    group.addTask {
                        let error = try await postgresError { try await database.transaction { _ in } }
                        #expect(error?.kind == .timeout)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a server that hangs in the middle gives errors in time, and is used again when it goes on`()
        async throws
    {
        let server = try await PostgresServer()
        try await withDatabase(at: server.url, patient) { database in
            let pids = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let (pid, _): (Int32, String?) = try await database.one(
                            "select pg_backend_pid(), pg_sleep(0.1)::text")
                        return pid
                    }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            for pid in pids { kill(pid, SIGSTOP) }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 {
                    group.addTask {
                        _ = try await postgresError { try await database.run("select 1", within: .milliseconds(500)) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .minutes(1))
            try await eventually("an answer over a new connection") {
                try await postgresError { try await database.run("select 1", within: .seconds(2)) } == nil
            }
            for pid in pids { kill(pid, SIGCONT) }
        }
    }

    @Test func `a connection that the server ends is replaced before anyone asks`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(at: server.url, loops: Arrangement.oneLoop, patient) { database in
            try await database.check()
            let before = database.meters.connects
            try await Psql.run(
                "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()", on: server.url)
            try await eventually { database.meters.connects > before }
            #expect(try await database.one("select 1", as: Int.self) == 1)
        }
    }

    @Test func `a transaction whose connection is cut fails, and the next one works`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(at: server.url, loops: Arrangement.oneLoop, patient) { database in
            try await database.run("create table things (id int)")
            let error = try await postgresError {
                try await database.transaction { transaction in
                    try await transaction.run("insert into things values (1)")
                    let pid: Int32 = try await transaction.one("select pg_backend_pid()")
                    try await Psql.run("select pg_terminate_backend(\(pid))", on: server.url)
                    try await transaction.run("insert into things values (2)")
                }
            }
            #expect(error?.kind == .connectionLost)
            try await database.transaction { try await $0.run("insert into things values (3)") }
            #expect(try await database.all("select id from things", as: Int.self) == [3])
            #expect(database.meters.leased == 0)
        }
    }

    @Test func `nothing listens, and everyone hears of it in time`() async throws {
        let url = "postgresql://switchyard@127.0.0.1:\(try FreePort.next())/switchyard"
        try await withDatabase(at: url, brief) { database in
            let error = try await postgresError { try await database.check(within: .seconds(2)) }
            #expect(error?.kind == .timeout)
            #expect(error?.message.contains("refused") == true)
        }
    }
}
