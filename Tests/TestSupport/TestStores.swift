import Glibc
import Testing

/// The PostgreSQL and Redis that tests share: those of `scripts/with-stores`.
package struct TestStores: Sendable {
    /// The database: the test's own in a suite with `.ownStores`, otherwise the empty one of the run.
    package let databaseURL: String
    package let redisURL: String
    /// What all Redis keys and channels of the test have to begin with.
    package let redisPrefix: String

    @TaskLocal fileprivate static var own: TestStores?

    /// The stores of the current test.
    package static var current: TestStores {
        get throws { try own ?? ofRun(prefix: newPrefix()) }
    }

    /// A prefix that no other test has.
    package static func newPrefix() -> String {
        "t\(UInt64.random(in: 0 ... .max)):"
    }

    fileprivate static func ofRun(prefix: String) throws -> TestStores {
        TestStores(
            databaseURL: try Environment.required("DATABASE_URL"),
            redisURL: try Environment.required("REDIS_URL"), redisPrefix: prefix)
    }

    /// The same stores with another database: the path of the URL, from the slash after the host to the query.
    fileprivate func with(database: String) -> TestStores {
        var parts = databaseURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        let query = parts[3].drop { $0 != "?" }
        parts[3] = database + query
        return TestStores(
            databaseURL: parts.joined(separator: "/"), redisURL: redisURL, redisPrefix: redisPrefix)
    }
}

/// Runs SQL without a client of ours, for what a test has to arrange from outside.
package enum Psql {
    /// Runs the statements and returns the rows, unaligned, fields separated by `|`.
    @discardableResult
    package static func run(_ sql: String, on databaseURL: String) async throws -> String {
        let programs = try Environment.required("SWITCHYARD_POSTGRES_PROGRAMS")
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", databaseURL, "-c", sql]
        return try await TestProcess.run("\(programs)/psql", arguments)
    }
}

/// Gives each test a database and a Redis prefix of its own, so that all of them can run at once.
package struct OwnStores: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true
    let template: String

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await Self.lending(from: template) { stores in
            try await TestStores.$own.withValue(stores, operation: function)
        }
    }

    /// Makes a database for the time of the call; it goes even when the call throws.
    package static func lending(
        from template: String = "template0", _ body: (TestStores) async throws -> Void
    ) async throws {
        let run = try TestStores.ofRun(prefix: TestStores.newPrefix())
        let database = "test_\(UInt64.random(in: 0 ... .max))"
        try await Psql.run("create database \(database) template \(template)", on: run.databaseURL)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(run.with(database: database)))
        } catch {
            outcome = .failure(error)
        }
        try await Psql.run("drop database \(database) with (force)", on: run.databaseURL)
        try outcome.get()
    }
}

extension Trait where Self == OwnStores {
    /// Each test gets an empty database and a Redis prefix of its own: `TestStores.current`.
    package static var ownStores: Self { OwnStores(template: "template0") }

    /// Each test gets a copy of a database of the run, and a Redis prefix of its own.
    package static func ownStores(from template: String) -> Self { OwnStores(template: template) }
}
