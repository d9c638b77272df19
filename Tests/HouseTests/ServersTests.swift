import Foundation
import TestSupport
import Testing

/// What the tests of all other modules stand on.
struct ServersTests {
    @Test func `a killed Redis keeps its port, and with an append-only file its keys`() async throws {
        let redis = try await RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
        try await redis.command("set", "colour", "green")
        try await redis.restart()
        #expect(try await redis.command("get", "colour") == "green")
    }

    @Test func `a frozen Redis accepts and stays silent until it is thawed`() async throws {
        let redis = try await RedisServer()
        redis.freeze()
        let question = try TestProcess("redis-cli", ["-p", "\(redis.port)", "ping"])
        await #expect(throws: NeverHappened.self) { try await question.waitForExit(within: .milliseconds(300)) }
        redis.thaw()
        #expect(try await question.waitForExit() == .code(0))
    }

    @Test func `a killed PostgreSQL starts again with its rows`() async throws {
        let postgres = try await PostgresServer()
        try await Psql.run("create table colours as select 'green' as name", on: postgres.url)
        try await postgres.restart()
        #expect(try await Psql.run("select name from colours", on: postgres.socketURL) == "green\n")
    }

    @Test func `servers leave no process and no folder`() async throws {
        let run = try #require(Environment["SWITCHYARD_TEST_DIR"])
        let marker = "leaves-nothing-\(UInt32.random(in: 0 ... .max))"
        var redis: RedisServer? = try await RedisServer(["--proc-title-template", marker])
        let socket = try #require(redis?.socket)
        #expect(socket.hasPrefix(run))
        #expect(try isRunning(marker))
        redis = nil
        #expect(!FileManager.default.fileExists(atPath: socket))
        #expect(try !isRunning(marker))
    }

    @Test func `connecting to a black hole succeeds and nothing comes back`() async throws {
        let hole = try BlackHole()
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(hole.port) && echo hello >&3 && ! read -t 0.3 -u 3"
        #expect(try await TestProcess("bash", ["-c", script]).waitForExit() == .code(0))
    }

    private func isRunning(_ title: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { process in
            let command = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
            return command?.hasPrefix(title) == true
        }
    }
}
