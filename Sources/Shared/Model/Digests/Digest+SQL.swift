import Postgres
import Runtime

/// What somebody has missed, as it is told in a mail.
struct Digest: Sendable {
    /// What was said in one conversation.
    struct Line: RowDecodable, Sendable {
        let title: String
        let unread: Int

        init(row: Row) throws(RowError) {
            title = try row["title"]
            unread = try row["unread"]
        }
    }

    let email: EmailAddress
    let language: String
    let lines: [Line]

    var unread: Int { lines.reduce(0) { $0 + $1.unread } }
}

extension Digest {
    /// Those after a person who have missed something for long enough, and were not written lately. Whether they are there
    /// now is asked elsewhere.
    static func candidates(
        after user: ID<User>?, seenBefore: Timestamp, writtenBefore: Timestamp, limit: Int, on sql: some SQLRunner
    ) async throws -> [(user: ID<User>, isOwed: Bool)] {
        let rows: [(ID<User>, Bool)] = try await sql.all(
            """
            select u.id, coalesce(u.email_verified_at is not null and coalesce(w.email, true)
                and coalesce(u.last_seen_at, u.created_at) < \(seenBefore)
                and (g.sent_at is null or g.sent_at < \(writtenBefore))
                and exists (
                    select from members m
                    join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.last_seq > m.read_seq
                        and c.active_at > greatest(u.last_seen_at, g.sent_at, u.created_at)
                    where m.user_id = u.id and \(isHeard) and exists (
                        select from messages n
                        where n.conversation_id = m.conversation_id and n.seq > m.read_seq
                            and n.created_at > greatest(u.last_seen_at, g.sent_at, u.created_at)
                            and n.created_at < \(seenBefore) and \(PushPlan.unseenMessage)
                    )
                ), false)
            from (
                select id from users
                where (\(user)::uuid is null or id > \(user)) and deleted_at is null
                order by id
                limit \(limit)
            ) page
            join users u on u.id = page.id
            left join notification_preferences w on w.user_id = u.id
            left join digests g on g.user_id = u.id
            order by u.id
            """)
        return rows.map { (user: $0.0, isOwed: $0.1) }
    }

    /// Of a member `m`: wants to hear of the conversation.
    private static let isHeard: SQL = """
        m.left_at is null and m.archived_at is null and m.notified_of <> 'nothing'
            and (m.muted_until is null or m.muted_until < now())
        """

    /// Those for whom nobody else has done it meanwhile.
    static func claim(
        _ users: [ID<User>], at now: Timestamp, writtenBefore: Timestamp, on sql: some SQLRunner
    ) async throws -> [ID<User>] {
        try await sql.all(
            """
            insert into digests as g (user_id, sent_at)
            select u, \(now) from unnest(\(users)) u order by u
            on conflict (user_id) do update set sent_at = excluded.sent_at where g.sent_at < \(writtenBefore)
            returning user_id
            """)
    }

    /// Nil where there is nothing to be told any more: they have been here since, or want no such mails.
    static func find(
        of user: ID<User>, unlessSeenAfter since: Timestamp, on sql: some SQLRunner
    ) async throws -> Digest? {
        let person: (EmailAddress, String)? = try await sql.first(
            """
            select u.email, coalesce(s.language, 'en')
            from users u
            left join user_settings s on s.user_id = u.id
            left join notification_preferences w on w.user_id = u.id
            where u.id = \(user) and u.email_verified_at is not null and u.deleted_at is null and coalesce(w.email, true)
                and (u.last_seen_at is null or u.last_seen_at < \(since))
            """)
        guard let (email, language) = person else { return nil }
        let lines: [Line] = try await sql.all(
            """
            select coalesce(c.title, (
                    select o.display_name from members k join users o on o.id = k.user_id
                    where k.conversation_id = c.id and k.user_id <> m.user_id
                    order by k.joined_at limit 1
                ), '–') as title, x.unread
            from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.last_seq > m.read_seq
            cross join lateral (
                select count(*)::int as unread from (
                    select from messages n
                    where n.conversation_id = m.conversation_id and n.seq > m.read_seq and \(PushPlan.unseenMessage)
                    limit 100
                ) n
            ) x
            where m.user_id = \(user) and \(isHeard) and x.unread > 0
            order by c.active_at desc
            limit 21
            """)
        return lines.isEmpty ? nil : Digest(email: email, language: language, lines: lines)
    }
}
