/// One step of a schema: a file `0007_stories.sql`, applied once and never edited afterwards.
public struct Migration: Sendable {
    public let number: Int
    public let name: String
    public let text: String

    /// `file` is the file's name; `bytes` its contents, as SwiftPM embeds them: `PackageResources._007_stories_sql`.
    public init(_ file: StaticString, _ bytes: [UInt8]) {
        let parts = file.description.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, parts[0].count == 4, let number = Int(parts[0]), parts[1].hasSuffix(".sql") else {
            preconditionFailure("a migration is called 0001_name.sql, not \(file)")
        }
        self.number = number
        name = String(parts[1].dropLast(".sql".count))
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// A file that begins with `-- no transaction` holds one statement that cannot run within one, such as
    /// `create index concurrently if not exists`. It may run again if the process dies right after it.
    public var needsNoTransaction: Bool { text.hasPrefix("-- no transaction") }
}

/// The migrations of one module, in order.
public struct MigrationSet: Sendable {
    public let module: String
    public let migrations: [Migration]

    public init(_ module: String, _ migrations: [Migration]) {
        let numbers = migrations.map(\.number)
        precondition(zip(numbers, numbers.dropFirst()).allSatisfy(<), "the migrations of \(module) are not in order")
        self.module = module
        self.migrations = migrations
    }
}

/// What is wrong between the migrations of this program and those that were applied; all of it at once.
public struct MigrationError: Error, CustomStringConvertible {
    public let problems: [String]

    public var description: String { problems.joined(separator: "; ") }
}
