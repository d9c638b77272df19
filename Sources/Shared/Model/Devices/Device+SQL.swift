import Postgres
import Runtime

extension Device.Platform: SQLEncodable, SQLDecodable {}

extension Device: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        platform = try row["platform"]
        isSandbox = try row["is_sandbox"]
        createdAt = try row["created_at"]
        registeredAt = try row["registered_at"]
    }

    /// Named last first.
    static func all(of user: ID<User>, on sql: some SQLRunner) async throws -> [Device] {
        try await sql.all(
            """
            select d.id, d.platform, d.is_sandbox, d.created_at, d.registered_at
            from devices d
            join sessions t on t.id = d.session_id and t.ended_at is null
            where d.user_id = \(user)
            order by d.registered_at desc, d.id
            """)
    }

    /// The one that has the address, locked.
    static func find(
        _ platform: Platform, digests: [[UInt8]], on sql: some SQLRunner
    ) async throws -> ID<Device>? {
        try await sql.first(
            """
            select id from devices
            where platform = \(platform) and token_digest = any (\(digests))
            order by registered_at desc
            limit 1
            for update
            """)
    }

    /// Nil when somebody else has named it just now.
    static func insert(_ new: KnownDevice, of user: SignedInUser, at now: Timestamp, on sql: some SQLRunner)
        async throws
        -> Device?
    {
        try await sql.first(
            """
            insert into devices (
                id, user_id, session_id, platform, token_sealed, token_digest, is_sandbox, created_at, registered_at)
            values (
                \(new.id), \(user.id), \(user.session), \(new.platform), \(new.sealed), \(new.digest), \(new.isSandbox),
                \(now), \(now)
            )
            on conflict do nothing
            returning id, platform, is_sandbox, created_at, registered_at
            """)
    }

    /// Puts it into the account, whoever had it before.
    static func update(_ known: KnownDevice, of user: SignedInUser, at now: Timestamp, on sql: some SQLRunner)
        async throws
        -> Device?
    {
        try await sql.first(
            """
            update devices
            set user_id = \(user.id), session_id = \(user.session), token_sealed = \(known.sealed),
                token_digest = \(known.digest), is_sandbox = \(known.isSandbox), registered_at = \(now)
            where id = \(known.id)
            returning id, platform, is_sandbox, created_at, registered_at
            """)
    }

    static func removeBeyond(_ most: Int, of user: ID<User>, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            delete from devices
            where id in (select id from devices where user_id = \(user) order by registered_at desc, id offset \(most))
            """)
    }

    static func remove(_ id: ID<Device>, of user: ID<User>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run("delete from devices where id = \(id) and user_id = \(user)") > 0
    }

    static func remove(
        _ platform: Platform, digests: [[UInt8]], of user: ID<User>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            delete from devices
            where platform = \(platform) and token_digest = any (\(digests)) and user_id = \(user)
            """)
    }

    /// What the provider does not know any more. One that was named again since stays.
    static func remove(
        _ gone: [(id: ID<Device>, registeredAt: Timestamp)], on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            delete from devices d
            using unnest(\(gone.map(\.id)), \(gone.map(\.registeredAt))) as a (id, registered_at)
            where d.id = a.id and d.registered_at <= a.registered_at
            """)
    }
}

/// A device with its address, as it is kept.
struct KnownDevice {
    let id: ID<Device>
    let platform: Device.Platform
    let sealed: [UInt8]
    let digest: [UInt8]
    let isSandbox: Bool
}
