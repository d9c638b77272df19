import Postgres
import Runtime

/// What a person keeps of conversations for themselves.
extension ExportSection {
    static func memberships(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select m.conversation_id, c.type, c.title, m.role, m.joined_at, m.left_at, m.read_seq, m.muted_until, m.pinned_at,
                m.archived_at
            from members m
            join conversations c on c.id = m.conversation_id
            where m.user_id = \(user)
            order by m.joined_at
            """, on: sql)
    }

    static func reactions(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select x.conversation_id, x.message_id, x.emoji, x.created_at
            from members m
            join reactions x on x.conversation_id = m.conversation_id and x.user_id = m.user_id
            where m.user_id = \(user)
            order by x.created_at
            """, on: sql)
    }

    static func votes(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select v.conversation_id, v.message_id, v.choice, v.voted_at
            from members m
            join poll_votes v on v.conversation_id = m.conversation_id and v.user_id = m.user_id
            where m.user_id = \(user)
            order by v.voted_at
            """, on: sql)
    }

    static func autoReply(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            "select content, starts_at, ends_at, updated_at from auto_replies where user_id = \(user)", on: sql)
    }

    static func notificationPreferences(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select mentions, replies, reactions, additions, push, email, quiet_from, quiet_until, updated_at
            from notification_preferences
            where user_id = \(user)
            """, on: sql)
    }

    /// What the person has written, in the order of its writing: a page of it, and the last id there; nil when nothing is left.
    static func messages(
        of user: ID<User>, after: ID<Message>?, limit: Int, on sql: any SQLRunner
    ) async throws -> (text: String, last: ID<Message>)? {
        let (text, last): (String, ID<Message>?) = try await sql.one(
            """
            select coalesce(json_agg(row_to_json(r)), '[]')::text, (array_agg(r.id order by r.id desc))[1]
            from (
                select id, conversation_id, seq, type, content, body, reply_to_id, thread_root_id, created_at, edited_at
                from messages
                where sender_id = \(user) and type <> 'system' and deleted_at is null
                    and (\(after)::uuid is null or id > \(after))
                order by id
                limit \(limit)
            ) r
            """)
        return last.map { (text, $0) }
    }

    static func drafts(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            "select conversation_id, content, updated_at from drafts where user_id = \(user) order by updated_at",
            on: sql)
    }

    static func scheduledMessages(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select conversation_id, type, content, metadata, send_at, created_at
            from scheduled_messages
            where sender_id = \(user)
            order by send_at
            """, on: sql)
    }

    static func savedMessages(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select conversation_id, message_id, saved_at from saved_messages where user_id = \(user) order by saved_at
            """, on: sql)
    }

    static func notifications(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select kind, actor_id, conversation_id, message_id, created_at, read_at
            from notifications
            where user_id = \(user)
            order by id
            """, on: sql)
    }

    /// Without the tokens, which are of no use to the person.
    static func devices(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            "select platform, created_at, registered_at from devices where user_id = \(user) order by created_at",
            on: sql)
    }
}
