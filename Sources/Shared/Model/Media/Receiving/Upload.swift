import HTTP
import Postgres
import Runtime

/// A file that comes in parts, each when its sender can.
package struct Upload: Sendable {
    package let id: ID<Upload>
    package let fileName: String
    package let bytes: Int
    /// From here on it goes on.
    package let received: Int
    package let media: ID<Media>?
    package let expiresAt: Timestamp

    package static let lifetime: Duration = .hours(24)
    package static let mostOpen = 20
}

extension Upload: Representable {
    package static let representation = Representation<Upload>(
        "Upload", "A file that comes in parts.",
        [
            .member("id") { $0.id },
            .member("fileName") { $0.fileName },
            .member("size", "How many bytes it will have.") { $0.bytes },
            .member("received", "How many are there: the `Upload-Offset` of the next part.") { $0.received },
            .member("mediaId", "What came of it; null until all of it is there.") { $0.media },
            .member("expiresAt", "What is not whole by then goes.") { $0.expiresAt },
        ])
}

extension Upload: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        fileName = try row["file_name"]
        bytes = try row["bytes"]
        received = try row["received"]
        media = try row["media_id"]
        expiresAt = try row["expires_at"]
    }

    static func find(_ id: ID<Upload>, of owner: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws
        -> Upload?
    {
        try await sql.first(
            """
            select id, file_name, bytes, received, media_id, expires_at from uploads
            where id = \(id) and owner_id = \(owner) and expires_at > \(now)
            """)
    }

    func insert(by owner: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into uploads (id, owner_id, file_name, bytes, created_at, expires_at)
            values (\(id), \(owner), \(fileName), \(bytes), \(now), \(expiresAt))
            """)
    }

    /// What is still to come of the person's uploads, and how many these are.
    static func open(of owner: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> (
        count: Int, bytes: Int
    ) {
        let found: (Int, Int) = try await sql.one(
            """
            select count(*)::int8, coalesce(sum(bytes), 0)::int8 from uploads
            where owner_id = \(owner) and media_id is null and expires_at > \(now)
            """)
        return found
    }

    /// False where another part was there first.
    static func add(
        _ name: String, bytes: Int, to id: ID<Upload>, at offset: Int, on sql: some SQLRunner
    ) async throws -> Bool {
        let count = try await sql.run(
            """
            update uploads set received = received + \(bytes)
            where id = \(id) and received = \(offset) and received + \(bytes) <= bytes and media_id is null
            """)
        guard count > 0 else { return false }
        try await sql.run(
            "insert into upload_parts (upload_id, start, bytes, name) values (\(id), \(offset), \(bytes), \(name))")
        return true
    }

    static func parts(of id: ID<Upload>, on sql: some SQLRunner) async throws -> [StoredName] {
        let names: [String] = try await sql.all("select name from upload_parts where upload_id = \(id) order by start")
        return names.map(StoredName.init(part:))
    }

    /// What came of it; nobody may have been faster.
    static func fulfil(_ id: ID<Upload>, with media: ID<Media>, on sql: some SQLRunner) async throws {
        let count = try await sql.run("update uploads set media_id = \(media) where id = \(id) and media_id is null")
        guard count > 0 else { throw Problem(.conflict, "Another request finishes this upload") }
    }

    static func forgetParts(of id: ID<Upload>, on sql: some SQLRunner) async throws {
        try await sql.run("delete from upload_parts where upload_id = \(id)")
    }
}
