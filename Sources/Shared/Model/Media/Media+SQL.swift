import JSON
import Postgres
import Runtime

/// A file with what nobody outside is told: where it lies.
struct StoredMedia: RowDecodable {
    let media: Media
    let digest: [UInt8]?

    init(row: Row) throws(RowError) {
        let text: JSONText = try row["media"]
        media = try Media(text, row)
        digest = try row["digest"]
    }
}

extension Media: RowDecodable {
    package init(row: Row) throws(RowError) {
        let text: JSONText = try row["media"]
        self = try Media(text, row)
    }

    /// What the database has written is read by what it was written for; were it not, the column is asked for what it is not.
    fileprivate init(_ text: JSONText, _ row: Row) throws(RowError) {
        guard let media = try? JSONCoder.decode(Media.self, from: text.text) else {
            let unreadable: UUID = try row["media"]
            preconditionFailure("no media: \(unreadable)")
        }
        self = media
    }

    /// Nil where the column is.
    static func ifAny(in row: Row) throws(RowError) -> Media? {
        let text: JSONText? = try row["media"]
        return try text.map { (text) throws(RowError) in try Media(text, row) }
    }

    /// The columns that make one of `f`.
    static let columns: StaticString = "media_json(f) as media, f.digest"

    /// Those of a message, in their order.
    static func attachments(in row: Row) throws(RowError) -> [Media] {
        let text: JSONText? = try row["attachments"]
        return text.flatMap { try? JSONCoder.decode([Media].self, from: $0.text) } ?? []
    }

    /// Whether a person may read the file `f`: who sent it, and whoever sees a message, a story or a profile that holds it.
    static func isReadable(by user: ID<User>) -> SQL {
        """
        (f.owner_id = \(user) or exists (
            select from media_references h
            join \(Message.seen(by: user)) on n.conversation_id = h.conversation_id and n.id = h.message_id
            where h.media_id = f.id and n.deleted_at is null and \(Message.isFor(user))
        ) or exists (
            select from avatars a
            join user_settings w on w.user_id = a.user_id and w.photo = 'everyone'
            where a.media_id = f.id and not exists (
                select from blocks b where b.blocker_id = a.user_id and b.blocked_id = \(user)
            )
        ) or exists (
            select from stories s
            where s.media_id = f.id and (s.expires_at > now() or s.leaves_at is null) and is_story_for(\(user), s)
        ))
        """
    }

    static func find(
        _ id: ID<Media>, for user: ID<User>, on sql: some SQLRunner
    ) async throws -> StoredMedia? {
        try await sql.first("select \(literally: columns) from media f where f.id = \(id) and \(isReadable(by: user))")
    }

    static func all(_ ids: [ID<Media>], for user: ID<User>, on sql: some SQLRunner) async throws -> [Media] {
        try await sql.all(
            "select \(literally: columns) from media f where f.id = any (\(ids)) and \(isReadable(by: user))")
    }

    static func digest(
        ofThumbnail size: Int, _ format: ThumbnailFormat, of id: ID<Media>, on sql: some SQLRunner
    ) async throws -> ([UInt8], Int)? {
        try await sql.first(
            """
            select digest, bytes::int8 from media_variants
            where media_id = \(id) and size = \(size) and format = \(format)
            """)
    }

    /// What counts towards a person's quota.
    static func bytes(of owner: ID<User>, on sql: some SQLRunner) async throws -> Int {
        try await sql.one("select coalesce(sum(bytes), 0)::int8 from media where owner_id = \(owner)")
    }

    static func insert(
        _ id: ID<Media>, _ file: ReceivedFile, name: String, by owner: ID<User>, at now: Timestamp,
        on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into media (
                id, owner_id, type, state, digest, bytes, content_type, file_name, created_at, finished_at, released_at)
            values (
                \(id), \(owner), \(file.type.kind), \(file.type.isLookedAt ? State.processing : .ready), \(file.digest),
                \(file.bytes), \(file.type.contentType), \(name), \(now), \(file.type.isLookedAt ? nil : now), \(now))
            """)
    }

    /// What the person has sent, newest first.
    static func sent(
        by owner: ID<User>, _ kind: Kind?, before: ID<Media>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Media] {
        try await sql.all(
            """
            select \(literally: columns) from media f
            where f.owner_id = \(owner) and (\(kind)::text is null or f.type = \(kind))
                and (\(before)::uuid is null or f.id < \(before))
            order by f.id desc
            limit \(limit)
            """)
    }

    /// What messages of a conversation hold that the person sees, those of the latest messages first.
    static func held(
        in conversation: ID<Conversation>, _ kind: Kind?, for user: ID<User>, before: (Int64, Int64)?, limit: Int,
        on sql: some SQLRunner
    ) async throws -> [HeldMedia] {
        try await sql.all(
            """
            select \(literally: columns), n.seq, h.place::int as place, n.id as message_id
            from \(Message.seen(by: user))
            join media_references h on h.conversation_id = n.conversation_id and h.message_id = n.id
            join media f on f.id = h.media_id
            where n.conversation_id = \(conversation) and n.type in ('image', 'album', 'video', 'audio', 'file')
                and n.deleted_at is null and (\(kind)::text is null or f.type = \(kind)) and \(Message.isFor(user))
                and (\(before?.0)::int8 is null or (n.seq, h.place) < (\(before?.0), \(before?.1)))
            order by n.seq desc, h.place desc
            limit \(limit)
            """)
    }
}

/// A file where a message holds it.
package struct HeldMedia: Sendable, RowDecodable {
    package let media: Media
    package let message: ID<Message>
    package let seq: Int64
    package let place: Int

    package init(row: Row) throws(RowError) {
        media = try Media(row: row)
        message = try row["message_id"]
        seq = try row["seq"]
        place = try row["place"]
    }
}

/// What lies in storage.
enum StoredFile {
    /// Says that this content is needed from now on: for a day nobody removes it. Whoever is removing it is waited for.
    static func claim(_ digest: [UInt8], bytes: Int, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into stored_files (digest, bytes, released_at) values (\(digest), \(bytes), \(now))
            on conflict (digest) do update set released_at = excluded.released_at
            """)
    }
}
