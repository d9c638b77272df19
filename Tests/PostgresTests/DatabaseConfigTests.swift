import Runtime
import TestSupport
import Testing

@testable import Postgres

@Suite struct DatabaseConfigTests {
    private func read(_ variables: [String: String]) throws -> DatabaseConfig {
        var reader = ConfigReader(variables)
        return try reader.load(DatabaseConfig.self)
    }

    @Test(arguments: [
        "postgres://user:p%40ss@db.example.org:5433/name?sslmode=require",
        "postgresql:///name?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun/name", "postgresql://[::1]/name",
    ])
    func `URLs that libpq understands are taken`(url: String) throws {
        #expect(try read(["DATABASE_URL": url]).url.exposed == url)
        #expect(try read(["DATABASE_URL": url, "DATABASE_POOL_SIZE": "25"]).poolSize == 25)
    }

    @Test(arguments: ["", "mysql://x", "postgres://user:secret@host:notaport%zz/name", "secret"])
    func `other texts are refused without being quoted`(url: String) throws {
        let error = #expect(throws: ConfigError.self) { try read(["DATABASE_URL": url]) }
        #expect(error.map { "\($0)".contains("DATABASE_URL") && !"\($0)".contains("secret") } == true)
    }

    @Test func `a configuration prints no password`() throws {
        let config = try read(["DATABASE_URL": "postgres://user:secret@host/name"])
        var dumped = ""
        dump(config, to: &dumped)
        #expect(!"\(config) \(dumped)".contains("secret"))
    }

    @Test func `a database counts and measures what it does`() async throws {
        let metrics = MetricsRegistry()
        let config = DatabaseConfig(url: try TestStores.current.databaseURL)
        let database = Database(config, loops: Arrangement.oneLoop, threads: Arrangement.threads, metrics: metrics)
        for _ in 0..<3 { try await database.check() }
        var text = ByteBuffer()
        metrics.write(to: &text)
        let lines = text.toString()
        #expect(lines.contains("database_query_duration_seconds_count 3"))
        #expect(lines.contains("database_connections_open 1"))
        await database.close()
    }

    @Test func `a slow statement is logged with its text`() async throws {
        let capture = LogCapture()
        var config = DatabaseConfig(url: try TestStores.current.databaseURL)
        config.slowStatement = .milliseconds(10)
        let log = Logger("database", sink: capture)
        let database = Database(config, loops: Arrangement.oneLoop, threads: Arrangement.threads, log: log)
        try await database.run("select pg_sleep(\(0.05))")
        await database.close()
        #expect(capture.events.contains { $0.metadata["db.statement"] == "select pg_sleep($1)" })
    }
}
