import Postgres
import Runtime

extension Profile: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        username = try row["username"]
        displayName = try row["display_name"]
        bio = try row["bio"]
        avatar = try row["avatar_id"]
        status = User.Status(
            text: try row["status_text"], emoji: try row["status_emoji"], until: try row["status_until"])
        lastSeenAt = try row["last_seen_at"]
        isBlocked = try row["is_blocked"]
    }

    /// What everybody may see, and the rest where the person lets the viewer. Whom they blocked sees what a stranger sees of
    /// a person who shows nobody anything, so that it does not tell.
    private static func columns(for viewer: ID<User>, at now: Timestamp) -> SQL {
        """
        u.id, u.username, u.display_name,
            u.bio,
            case when v.may and s.photo = 'everyone' then (
                select a.media_id from avatars a where a.user_id = u.id
            ) end as avatar_id,
            case when v.may and v.status then u.status_text end as status_text,
            case when v.may and v.status then u.status_emoji end as status_emoji,
            case when v.may and v.status then u.status_until end as status_until,
            case when v.may and s.last_seen = 'everyone' then greatest(
                u.last_seen_at, (select max(d.last_used_at) from sessions d where d.user_id = u.id)
            ) end as last_seen_at,
            exists (
                select from blocks b where b.blocker_id = \(viewer) and b.blocked_id = u.id
            ) as is_blocked
        from users u
        join user_settings s on s.user_id = u.id
        cross join lateral (
            select
                not exists (
                    select from blocks b where b.blocker_id = u.id and b.blocked_id = \(viewer)
                ) as may,
                s.status = 'everyone' and (u.status_until is null or u.status_until > \(now)) as status
        ) v
        """
    }

    static func find(
        _ id: ID<User>, for viewer: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Profile? {
        try await sql.first(
            """
            select \(columns(for: viewer, at: now))
            where u.id = \(id) and u.deleted_at is null
            """)
    }

    /// Those of whom a word begins with each of the words, in the order of their usernames, after `cursor`. Who blocked
    /// the viewer, or does not want to be found, is found by the whole username alone; who wants to be deleted, not at all.
    static func search(
        _ words: String, exactly username: String, for viewer: ID<User>, after cursor: String?, limit: Int,
        at now: Timestamp, on sql: some SQLRunner
    ) async throws -> [Profile] {
        try await sql.all(
            """
            select \(columns(for: viewer, at: now))
            where to_tsvector('simple', u.username || ' ' || translate(u.username, '._', '  ') || ' ' || u.display_name)
                    @@ to_tsquery('simple', \(words))
                and u.deleted_at is null
                and (s.searchable and v.may or u.username = \(username))
                and not exists (
                    select from account_deletions d where d.user_id = u.id and d.finished_at is null
                )
                and (\(cursor)::text is null or u.username > \(cursor))
            order by u.username
            limit \(limit)
            """)
    }

    static func change(
        _ change: ProfileChange, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        let setsStatus = change.status != nil
        let status = change.status ?? nil
        try await sql.run(
            """
            update users
            set username = coalesce(\(change.username), username),
                display_name = coalesce(\(change.displayName), display_name),
                bio = coalesce(\(change.bio), bio),
                status_text = case when \(setsStatus) then \(status?.text) else status_text end,
                status_emoji = case when \(setsStatus) then \(status?.emoji) else status_emoji end,
                status_until = case when \(setsStatus) then \(status?.until) else status_until end,
                updated_at = \(now)
            where id = \(user) and deleted_at is null
            """)
    }

    static func setAvailability(
        _ availability: User.Availability, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update users
            set availability = \(availability), updated_at = \(now)
            where id = \(user) and deleted_at is null
            """)
    }
}
