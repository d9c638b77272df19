import JSON
import Postgres
import Runtime

/// The picture of a person: an image of their own, ready to be shown. Who sees it, `photo` of the settings says.
enum Avatar {
    static func set(_ media: ID<Media>?, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        guard let media else {
            try await sql.run("delete from avatars where user_id = \(user)")
            return
        }
        // Locked, so that nobody sweeps it away meanwhile.
        let isPicture: Bool? = try await sql.first(
            """
            select type = 'image' and state = 'ready' from media
            where id = \(media) and owner_id = \(user)
            for key share
            """)
        guard isPicture == true else {
            throw Problem.invalid("avatarId", .invalid, "names no picture of yours that is ready")
        }
        try await sql.run(
            """
            insert into avatars (user_id, media_id, set_at) values (\(user), \(media), \(now))
            on conflict (user_id) do update set media_id = excluded.media_id, set_at = excluded.set_at
            where avatars.media_id <> excluded.media_id
            """)
    }
}
