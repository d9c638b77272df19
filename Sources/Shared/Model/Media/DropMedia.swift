import Postgres
import Runtime

extension MediaLibrary {
    /// Deletes a file that nothing holds. What lies in storage goes when nothing else has the same content.
    package func delete(_ id: ID<Media>, by user: SignedInUser) async throws {
        try await database.transaction { transaction in
            let owner: ID<User>? = try await transaction.first("select owner_id from media where id = \(id) for update")
            guard let owner, try await Media.find(id, for: user.id, on: transaction) != nil else { throw Self.unknown }
            guard owner == user.id else { throw Problem(.forbidden, "Only who sent a file deletes it") }
            guard try await !Media.isHeld(id, on: transaction) else {
                throw Problem(.conflict, "Something still holds this file")
            }
            try await transaction.run("delete from media where id = \(id)")
        }
    }

    /// Gives an upload up.
    package func dropUpload(_ id: ID<Upload>, of user: SignedInUser) async throws {
        _ = try await upload(id, of: user)
        try await dropParts(of: id)
        try await database.run("delete from uploads where id = \(id) and owner_id = \(user.id)")
    }

    /// What a client says of a file before it comes; its content decides later.
    package func demandAllowed(_ contentType: String) throws(Problem) {
        guard limits.allows(contentType: contentType.lowercased()) else {
            throw Problem(.unsupportedMediaType, "\(contentType) is not accepted")
        }
    }
}

extension Media {
    /// Whether anything needs it. With its row locked nothing can begin to.
    static func isHeld(_ id: ID<Media>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one(
            """
            select exists (select from media_references where media_id = \(id))
                or exists (select from stories where media_id = \(id))
                or exists (select from avatars where media_id = \(id))
            """)
    }
}
