import Postgres
import Runtime

extension Invite: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        conversation = try row["conversation_id"]
        code = try row["code"]
        createdBy = try row["created_by"]
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
        mostUses = try row["most_uses"]
        uses = try row["uses"]
        revokedAt = try row["revoked_at"]
    }

    private static let columns: StaticString =
        "id, conversation_id, code, created_by, created_at, expires_at, most_uses, uses, revoked_at"

    func insert(on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into invites (id, conversation_id, code, created_by, created_at, expires_at, most_uses)
            values (\(id), \(conversation), \(code), \(createdBy), \(createdAt), \(expiresAt), \(mostUses))
            """)
    }

    /// Those that were not revoked, the latest first.
    static func all(
        of conversation: ID<Conversation>, before: ID<Invite>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Invite] {
        try await sql.all(
            """
            select \(literally: columns) from invites
            where conversation_id = \(conversation) and revoked_at is null
                and (\(before)::uuid is null or id < \(before))
            order by id desc
            limit \(limit)
            """)
    }

    static func count(of conversation: ID<Conversation>, at now: Timestamp, on sql: some SQLRunner) async throws -> Int
    {
        try await sql.one(
            """
            select count(*)::int from invites
            where conversation_id = \(conversation) and revoked_at is null
                and (expires_at is null or expires_at > \(now)) and (most_uses is null or uses < most_uses)
            """)
    }

    /// False where there is none.
    static func revoke(
        _ id: ID<Invite>, of conversation: ID<Conversation>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            update invites set revoked_at = \(now)
            where id = \(id) and conversation_id = \(conversation) and revoked_at is null
            """) > 0
    }

    /// Of one person, or all.
    static func revokeAll(
        of conversation: ID<Conversation>, by maker: ID<User>?, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update invites set revoked_at = \(now)
            where conversation_id = \(conversation) and revoked_at is null
                and (\(maker)::uuid is null or created_by = \(maker))
            """)
    }

    static func find(_ code: String, on sql: some SQLRunner) async throws -> Invite? {
        try await sql.first("select \(literally: columns) from invites where code = \(code)")
    }

    /// Takes one use; false where none is left. The row is locked until the commit, so the last use is taken once.
    func use(at now: Timestamp, on sql: some SQLRunner) async throws -> Bool {
        try await sql.run(
            """
            update invites set uses = uses + 1
            where id = \(id) and revoked_at is null and (expires_at is null or expires_at > \(now))
                and (most_uses is null or uses < most_uses)
            """) > 0
    }

    func preview(on sql: some SQLRunner) async throws -> InvitePreview? {
        try await sql.first(
            """
            select c.id, c.type, c.title, c.about, c.member_count, \(expiresAt)::timestamptz as expires_at
            from conversations c
            where c.id = \(conversation) and c.deleted_at is null
            """)
    }
}

extension InvitePreview: RowDecodable {
    package init(row: Row) throws(RowError) {
        conversation = try row["id"]
        kind = try row["type"]
        title = try row["title"]
        about = try row["about"]
        memberCount = try row["member_count"]
        expiresAt = try row["expires_at"]
    }
}
