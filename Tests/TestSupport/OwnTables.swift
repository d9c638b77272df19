import Postgres
import Runtime
import Testing

/// Gives each test a database that has tables already: a copy of one that was migrated once for the run.
package struct OwnTables: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true
    private let name: String
    private let sets: [MigrationSet]

    /// `name` is that of the database that the others are copied from.
    package init(_ name: String, _ sets: [MigrationSet]) {
        self.name = name
        self.sets = sets
    }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await Templates.shared.make(name, sets)
        let stores: OwnStores = .ownStores(from: name)
        try await stores.provideScope(for: test, testCase: testCase, performing: function)
    }
}

/// The databases that others are copied from, each made once.
private actor Templates {
    static let shared = Templates()
    private var made: [String: Task<Void, any Error>] = [:]

    func make(_ name: String, _ sets: [MigrationSet]) async throws {
        let task = made[name] ?? Task { try await Self.migrate(name, sets) }
        made[name] = task
        try await task.value
    }

    private static func migrate(_ name: String, _ sets: [MigrationSet]) async throws {
        let url = try TestStores.current.databaseURL
        try await Psql.run("create database \(name)", on: url)
        var parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        parts[3] = name + parts[3].drop { $0 != "?" }
        let threads = ThreadPool(name: "names", threads: 1)
        let database = Database(
            DatabaseConfig(url: parts.joined(separator: "/")), loops: LoopGroup(count: 1), threads: threads)
        try await Migrator(database, sets).run()
        // Nobody may be connected to what is copied.
        await database.close()
        threads.stop()
    }
}
