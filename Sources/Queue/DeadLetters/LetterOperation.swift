import JSON
import Postgres
import Runtime

/// What somebody wants done with many dead letters, and how far it is.
package struct LetterOperation: Sendable, RowDecodable {
    package enum Action: String, Sendable, CaseIterable { case retry, delete }
    package enum State: String, Sendable, CaseIterable { case running, done, cancelled }
    package typealias Identity = ID<LetterOperation>

    package let id: Identity
    package let action: Action
    package let filter: DeadLetterFilter
    package let perSecond: Int?
    /// How many there were at the beginning; with words or times in the filter no more than 10,000 are counted.
    package let total: Int
    package let done: Int
    package let askedBy: String
    package let createdAt: Timestamp
    package let finishedAt: Timestamp?
    package let cancelledAt: Timestamp?
    let newest: Int64
    let last: Int64

    package var state: State { cancelledAt != nil ? .cancelled : finishedAt != nil ? .done : .running }

    static var columns: SQL {
        """
        id, action, filter, per_second, total, done, asked_by, created_at, finished_at, cancelled_at, newest, last
        """
    }

    package init(row: Row) throws(RowError) {
        id = try row["id"]
        action = Action(rawValue: try row["action"]) ?? .retry
        let filter: JSONText = try row["filter"]
        self.filter = (try? JSONCoder.decode(DeadLetterFilter.self, from: filter.text)) ?? DeadLetterFilter()
        perSecond = try row["per_second"]
        total = try row["total"]
        done = try row["done"]
        askedBy = try row["asked_by"]
        createdAt = try row["created_at"]
        finishedAt = try row["finished_at"]
        cancelledAt = try row["cancelled_at"]
        newest = try row["newest"]
        last = try row["last"]
    }
}

/// What is to be done with many letters, as it is asked for and looked at. A scheduler does it.
package struct LetterOperations: Sendable {
    let database: Database

    package init(_ database: Database) { self.database = database }

    package func begin(
        _ action: LetterOperation.Action, _ filter: DeadLetterFilter, perSecond: Int?, by name: String,
        letters: DeadLetters, on sql: some SQLRunner
    ) async throws -> LetterOperation {
        var filter = filter
        if action == .retry { filter.includesRetried = false }
        let total = try await letters.count(filter)
        return try await sql.one(
            """
            insert into letter_operations (id, action, filter, per_second, total, newest, asked_by)
            values (
                \(LetterOperation.Identity.new()), \(action.rawValue), \(JSONText(try JSONCoder.text(filter))),
                \(perSecond), \(total), \(try await letters.newest()), \(name))
            returning \(LetterOperation.columns)
            """)
    }

    package func find(_ id: LetterOperation.Identity) async throws -> LetterOperation? {
        try await database.first("select \(LetterOperation.columns) from letter_operations where id = \(id)")
    }

    /// The newest first.
    package func list(
        before cursor: LetterOperation.Identity? = nil, limit: Int = 50
    ) async throws -> [LetterOperation] {
        try await database.all(
            """
            select \(LetterOperation.columns)
            from letter_operations
            where id < coalesce(\(cursor), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            order by id desc
            limit \(limit)
            """)
    }

    package func openCount() async throws -> Int {
        try await database.one("select count(*) from letter_operations where finished_at is null")
    }

    /// What was done stays done. False when it had ended.
    package func cancel(_ id: LetterOperation.Identity) async throws -> Bool {
        try await database.run(
            """
            update letter_operations set cancelled_at = now(), finished_at = now()
            where id = \(id) and finished_at is null
            """) > 0
    }

    @discardableResult
    package func prune(endedBefore time: Timestamp) async throws -> Int {
        try await database.run("delete from letter_operations where finished_at < \(time)")
    }
}
