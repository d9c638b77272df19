import Postgres
import Runtime

/// The dead letters: found, shown, counted.
package struct DeadLetters: Sendable {
    let durable: DurableQueue
    var database: Database { durable.database }

    package init(_ durable: DurableQueue) { self.durable = durable }

    /// The newest first, those after `cursor`.
    package func list(
        _ filter: DeadLetterFilter, after cursor: DeadLetterCursor? = nil, limit: Int = 50
    ) async throws -> [DeadLetter] {
        var condition = filter.condition
        if let cursor { condition = "\(condition) and (died_at, id) < (\(cursor.diedAt), \(cursor.id))" }
        return try await database.all(
            """
            select \(literally: DeadLetter.columns)
            from \(try await source(of: filter)) letters
            where \(condition)
            order by died_at desc, id desc
            limit \(limit)
            """)
    }

    package func find(_ id: Int64) async throws -> DeadLetterDetails? {
        try await database.first("select \(DeadLetterDetails.columns) from dead_letters where id = \(id)")
    }

    /// The groups that died last. Of a filter, only what groups have counts.
    package func groups(
        _ filter: DeadLetterFilter = DeadLetterFilter(), after cursor: DeadLetterGroup.Cursor? = nil, limit: Int = 50
    ) async throws -> [DeadLetterGroup] {
        var condition = filter.groupCondition
        if let cursor {
            condition = """
                \(condition) and (last_at, fingerprint, queue) < (\(cursor.lastAt), \(cursor.fingerprint), \(cursor.queue))
                """
        }
        return try await database.all(
            """
            select fingerprint, queue, kind, error_type, sample, waiting, first_at, last_at
            from dead_letter_groups
            where \(condition)
            order by last_at desc, fingerprint desc, queue desc
            limit \(limit)
            """)
    }

    /// How many letters these are: exact, or `cap` when there are as many or more and no group knows.
    package func count(_ filter: DeadLetterFilter = DeadLetterFilter(), cap: Int = 10_000) async throws -> Int {
        if filter.isOfGroups {
            return try await database.one(
                "select coalesce(sum(waiting), 0)::bigint from dead_letter_groups where \(filter.groupCondition)")
        }
        return try await database.one(
            """
            select count(*)
            from (select from \(try await source(of: filter)) letters where \(filter.condition) limit \(cap)) found
            """)
    }

    /// The table, or for words that are rare in it the few letters that have them. Left alone, the planner takes every
    /// word that it does not know for a common one, and walks through all letters until it finds it.
    func source(of filter: DeadLetterFilter) async throws -> SQL {
        guard let words = filter.words else { return "dead_letters" }
        let found: Int = try await database.one(
            "select count(*) from (select from dead_letters where \(words) limit \(Self.few + 1)) found")
        guard found <= Self.few else { return "dead_letters" }
        return "(select \(literally: DeadLetter.columns), words from dead_letters where \(words) offset 0)"
    }

    private static let few = 2000

    // MARK: Deleting

    @discardableResult
    package func delete(_ ids: [Int64]) async throws -> Int {
        try await database.run("delete from dead_letters where id = any (\(ids))")
    }

    // MARK: Many

    /// Puts all of them back into their queues. See `retry`.
    @discardableResult
    package func retryAll(
        _ filter: DeadLetterFilter, perSecond: Int? = nil, progress: (BulkProgress) async throws -> Void = { _ in }
    ) async throws -> Int {
        var filter = filter
        filter.includesRetried = false
        return try await forAll(filter, perSecond, progress) { try await retry($0) }
    }

    @discardableResult
    package func deleteAll(
        _ filter: DeadLetterFilter, perSecond: Int? = nil, progress: (BulkProgress) async throws -> Void = { _ in }
    ) async throws -> Int {
        try await forAll(filter, perSecond, progress) { try await delete($0) }
    }

    /// From the oldest on, and only what was there at the beginning: what dies again meanwhile is not taken twice.
    private func forAll(
        _ filter: DeadLetterFilter, _ perSecond: Int?, _ progress: (BulkProgress) async throws -> Void,
        _ body: ([Int64]) async throws -> Int
    ) async throws -> Int {
        let page = min(perSecond ?? 500, 500)
        var state = BulkProgress(done: 0, total: try await count(filter))
        let newest = try await newest()
        var last: Int64 = 0
        while true {
            let began = MonotonicTime.now
            let ids = try await next(filter, after: last, through: newest, limit: page)
            guard let end = ids.last else { return state.done }
            last = end
            state.done += try await body(ids)
            try await progress(state)
            guard let perSecond else { continue }
            let rest = .microseconds(Int64(ids.count) * 1_000_000 / Int64(perSecond)) - (MonotonicTime.now - began)
            if rest > .zero { try await Task.sleep(for: rest) }
        }
    }
}

extension DeadLetters {
    /// The letter that came last.
    func newest() async throws -> Int64 {
        try await database.one("select coalesce(max(id), 0) from dead_letters")
    }

    /// Those that come next in the order of their numbers.
    func next(
        _ filter: DeadLetterFilter, after last: Int64, through newest: Int64, limit: Int
    ) async throws -> [Int64] {
        try await database.all(
            """
            select id from \(try await source(of: filter)) letters
            where \(filter.condition) and id > \(last) and id <= \(newest)
            order by id
            limit \(limit)
            """)
    }
}

/// How far a change of many letters is.
package struct BulkProgress: Sendable, Hashable {
    package var done: Int
    /// How many it may become.
    package let total: Int
}
