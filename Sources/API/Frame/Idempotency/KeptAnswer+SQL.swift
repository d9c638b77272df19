import Postgres
import Runtime

extension KeptAnswer {
    /// Sees to it that no other request with this key runs until the transaction ends; false where one does already.
    static func lock(_ key: AnswerKey, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one(
            """
            select pg_try_advisory_xact_lock(
                hashtextextended(\(key.user)::text || ' ' || \(key.route)::text || ' ' || \(key.key)::text, 7))
            """)
    }

    static func find(_ key: AnswerKey, on sql: some SQLRunner) async throws -> KeptAnswer? {
        let row: ([UInt8], Int16, String?, [UInt8])? = try await sql.first(
            """
            select request_digest, status, location, body
            from idempotency_keys
            where user_id = \(key.user) and route = \(key.route) and key = \(key.key)
            and created_at > now() - \(lifetime)
            """)
        return row.map { KeptAnswer(digest: $0.0, status: Int($0.1), location: $0.2, body: $0.3) }
    }

    /// One that has expired and was not yet removed makes room.
    func keep(under key: AnswerKey, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into idempotency_keys (user_id, route, key, request_digest, status, location, body)
            values (
                \(key.user), \(key.route), \(key.key), \(digest), \(Int16(status)), \(location), \(body))
            on conflict (user_id, route, key) do update
            set request_digest = excluded.request_digest, status = excluded.status, location = excluded.location,
                body = excluded.body, created_at = excluded.created_at
            """)
    }

    /// Removes what has expired, a part of it at a time; how many there were.
    static func removeExpired(atMost limit: Int, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from idempotency_keys
            where (user_id, route, key) in (
                select user_id, route, key
                from idempotency_keys
                where created_at < now() - \(lifetime)
                limit \(limit)
                for update skip locked)
            """)
    }
}
