import Postgres
import Runtime

extension Session.Method: SQLEncodable, SQLDecodable {}
extension Session.Ending: SQLEncodable, SQLDecodable {}

extension Session: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        method = try row["method"]
        device = try row["device"]
        address = try row["address"]
        createdAt = try row["created_at"]
        lastUsedAt = try row["last_used_at"]
        expiresAt = try row["expires_at"]
    }

    /// Those that are signed in, the one used last first.
    static func all(of user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> [Session] {
        try await sql.all(
            """
            select id, method, device, host(address) as address, created_at, last_used_at,
                least(idle_until, expires_at) as expires_at
            from sessions
            where user_id = \(user) and ended_at is null and idle_until > \(now) and expires_at > \(now)
            order by last_used_at desc, id desc
            limit 200
            """)
    }

    static func insert(
        _ id: ID<Session>, of user: ID<User>, by method: Method, from origin: Origin, seed: [UInt8],
        at now: Timestamp, idleUntil: Timestamp, expiresAt: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            with seen as (update users set last_seen_at = \(now) where id = \(user))
            insert into sessions (
                id, user_id, method, device, address, seed, rotated_at, created_at, last_used_at, idle_until,
                expires_at)
            values (
                \(id), \(user), \(method), \(origin.userAgent), \(origin.addressText), \(seed), \(now), \(now), \(now),
                \(idleUntil), \(expiresAt))
            """)
    }

    /// When it was signed in; nil when it is over.
    static func start(of id: ID<Session>, on sql: some SQLRunner) async throws -> Timestamp? {
        try await sql.first("select created_at from sessions where id = \(id) and ended_at is null")
    }

    /// Whose device it was or is, and what its refresh tokens are made of. Also of a session that is over.
    static func device(
        _ id: ID<Session>, on sql: some SQLRunner
    ) async throws -> (user: ID<User>, seed: [UInt8])? {
        let row: (ID<User>, [UInt8])? = try await sql.first("select user_id, seed from sessions where id = \(id)")
        return row.map { (user: $0.0, seed: $0.1) }
    }

    // MARK: Refreshing

    static func lockFamily(_ id: ID<Session>, on sql: some SQLRunner) async throws -> RefreshFamily? {
        try await sql.first(
            """
            select s.user_id, u.role, s.seed, s.generation, s.rotated_at, s.ended_at,
                least(s.idle_until, s.expires_at) as expires_at
            from sessions s
            join users u on u.id = s.user_id
            where s.id = \(id) and u.deleted_at is null
            for no key update of s
            """)
    }

    static func rotate(
        _ id: ID<Session>, at now: Timestamp, idleUntil: Timestamp, from origin: Origin, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update sessions
            set generation = generation + 1, rotated_at = \(now), last_used_at = \(now), idle_until = \(idleUntil),
                address = coalesce(\(origin.addressText)::inet, address)
            where id = \(id)
            """)
    }

    // MARK: Ending

    /// Ends one, if it is that person's; whether it was still open.
    static func end(
        _ id: ID<Session>, of user: ID<User>, as ending: Ending, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            with ended as (
                update sessions
                set ended_at = \(now), end_reason = \(ending)
                where id = \(id) and user_id = \(user) and ended_at is null
                returning id
            )
            select pg_notify(\(Revocations.channel), id::text) from ended
            """) > 0
    }

    /// Ends all of a person, except one that they keep; how many there were.
    @discardableResult
    static func endAll(
        of user: ID<User>, except kept: ID<Session>? = nil, as ending: Ending, at now: Timestamp,
        on sql: some SQLRunner
    ) async throws -> Int {
        try await sql.run(
            """
            with ended as (
                update sessions
                set ended_at = \(now), end_reason = \(ending)
                where user_id = \(user) and ended_at is null and id is distinct from \(kept)
                returning id
            )
            select pg_notify(\(Revocations.channel), id::text) from ended
            """)
    }

    /// Those whose access tokens may still be around.
    static func ended(since time: Timestamp, on sql: some SQLRunner) async throws -> [(ID<Session>, Timestamp)] {
        try await sql.all("select id, ended_at from sessions where ended_at > \(time)")
    }
}

/// All refresh tokens of a session, and which of them is the valid one.
struct RefreshFamily: RowDecodable {
    let userID: ID<User>
    let role: User.Role
    let seed: [UInt8]
    let generation: Int
    let rotatedAt: Timestamp
    let endedAt: Timestamp?
    let expiresAt: Timestamp

    init(row: Row) throws(RowError) {
        userID = try row["user_id"]
        role = try row["role"]
        seed = try row["seed"]
        generation = try row["generation"]
        rotatedAt = try row["rotated_at"]
        endedAt = try row["ended_at"]
        expiresAt = try row["expires_at"]
    }
}
