import Model
import Postgres
import Runtime
import TestSupport
import Testing

/// Gives each test a database that has all tables already: a copy of one that was migrated once for the run.
struct OwnShop: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let stores: OwnStores = .ownStores(from: try await ShopTemplate.shared.name())
        try await stores.provideScope(for: test, testCase: testCase, performing: function)
    }
}

extension Trait where Self == OwnShop {
    static var ownShop: Self { OwnShop() }
}

/// The database that the others are copied from.
private actor ShopTemplate {
    static let shared = ShopTemplate()
    private var made: Task<String, any Error>?

    func name() async throws -> String {
        let task = made ?? Task { try await Self.make() }
        made = task
        return try await task.value
    }

    private static func make() async throws -> String {
        let name = "payments_template"
        let url = try TestStores.current.databaseURL
        try await Psql.run("create database \(name)", on: url)
        var parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        parts[3] = name + parts[3].drop { $0 != "?" }
        let threads = ThreadPool(name: "names", threads: 1)
        let database = Database(
            DatabaseConfig(url: parts.joined(separator: "/")), loops: LoopGroup(count: 1), threads: threads)
        try await Migrator(database, AllMigrations.sets).run()
        // Nobody may be connected to what is copied.
        await database.close()
        threads.stop()
        return name
    }
}
