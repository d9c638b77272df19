import Postgres
import Runtime

extension Story: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        author = try row["author_id"]
        kind = try row["type"]
        content = try row["content"]
        background = try row["background"]
        media = try Media.ifAny(in: row)
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
        isSeen = try row["is_seen"]
        let isOwn: Bool = try row["is_own"]
        ownFacts =
            isOwn
            ? OwnFacts(audience: try row["audience"], named: try row["named_ids"], views: try row["view_count"]) : nil
    }

    /// Stories `s` as somebody sees them, who may; what follows is the rest of the statement.
    static func select(for viewer: ID<User>, from source: SQL = "stories s") -> SQL {
        """
        select s.id, s.author_id, s.type, s.content, s.background, s.created_at, s.expires_at, s.audience, s.named_ids,
            s.view_count, s.author_id = \(viewer) as is_own,
            s.author_id = \(viewer) or exists (
                select from story_views v where v.story_id = s.id and v.viewer_id = \(viewer)
            ) as is_seen,
            (select media_json(f) from media f where f.id = s.media_id) as media
        from \(source)
        """
    }

    /// Of a story `s`: somebody may see it now.
    static func isVisible(to viewer: ID<User>, at now: Timestamp) -> SQL {
        """
        (s.author_id = \(viewer)
            or (s.expires_at > \(now) or s.leaves_at is null) and is_story_for(\(viewer), s))
        """
    }

    static func find(
        _ id: ID<Story>, for viewer: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Story? {
        try await sql.first("\(select(for: viewer)) where s.id = \(id) and \(isVisible(to: viewer, at: now))")
    }

    /// Those of the person's contacts, and the person's own, that have not expired; oldest first.
    static func feed(for viewer: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> [Story] {
        let source: SQL = """
            (select contacts_of(\(viewer)) as id union all select \(viewer)) a join stories s on s.author_id = a.id
            """
        return try await sql.all(
            """
            \(select(for: viewer, from: source))
            where s.expires_at > \(now) and \(isVisible(to: viewer, at: now))
            order by s.id
            limit 2000
            """)
    }

    static func insert(
        _ id: ID<Story>, _ new: NewStory, by author: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        let end = now + lifetime
        try await sql.run(
            """
            insert into stories (
                id, author_id, type, content, background, media_id, audience, named_ids, created_at, expires_at, leaves_at)
            values (
                \(id), \(author), \(new.kind), \(new.content), \(new.background), \(new.media), \(new.audience),
                \(new.named), \(now), \(end), \(end))
            """)
    }

    /// Of a story: who sees it besides its author.
    static func audience(of id: ID<Story>, on sql: some SQLRunner) async throws -> [ID<User>] {
        try await sql.all(
            """
            select a.id from stories s
            cross join lateral contacts_of(s.author_id) a (id)
            where s.id = \(id) and is_story_for(a.id, s)
            order by a.id
            """)
    }

    /// Counted when it is the first time.
    static func view(_ id: ID<Story>, by viewer: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            with seen as (
                insert into story_views (story_id, viewer_id, viewed_at) values (\(id), \(viewer), \(now))
                on conflict (story_id, viewer_id) do nothing
                returning story_id
            )
            update stories set view_count = view_count + 1 where id in (select story_id from seen)
            """)
    }

    /// Whoever shows nobody what they have read is not named; nor is who is blocked now.
    static func viewers(
        of id: ID<Story>, author: ID<User>, before: (Timestamp, ID<User>)?, limit: Int, on sql: some SQLRunner
    ) async throws -> [StoryViewer] {
        try await sql.all(
            """
            select v.viewer_id, v.viewed_at from story_views v
            join user_settings mine on mine.user_id = \(author) and mine.read_receipts
            join user_settings theirs on theirs.user_id = v.viewer_id and theirs.read_receipts
            where v.story_id = \(id)
                and not exists (select from blocks b where b.blocker_id = \(author) and b.blocked_id = v.viewer_id)
                and (\(before?.0)::timestamptz is null or (v.viewed_at, v.viewer_id) < (\(before?.0), \(before?.1)))
            order by v.viewed_at desc, v.viewer_id desc
            limit \(limit)
            """)
    }

    /// Those whose time is over and that no highlight keeps; answers how many.
    static func expire(at now: Timestamp, limit: Int, on sql: some SQLRunner) async throws -> Int {
        try await sql.run(
            """
            delete from stories
            where id in (select id from stories where leaves_at <= \(now) limit \(limit) for update skip locked)
            """)
    }
}

extension Highlight {
    /// Of an author, as somebody sees them: those of which at least one story is for them.
    static func all(
        of author: ID<User>, for viewer: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> [Highlight] {
        let rows: [(ID<Highlight>, String, Timestamp)] = try await sql.all(
            "select id, title, created_at from highlights where author_id = \(author) order by id")
        var all: [Highlight] = []
        for (id, title, createdAt) in rows {
            let stories: [Story] = try await sql.all(
                """
                \(Story.select(for: viewer, from: "highlight_stories h join stories s on s.id = h.story_id"))
                where h.highlight_id = \(id) and \(Story.isVisible(to: viewer, at: now))
                order by s.id
                """)
            if !stories.isEmpty || author == viewer {
                all.append(
                    Highlight(id: id, author: author, title: title, createdAt: createdAt, stories: stories))
            }
        }
        return all
    }
}
