import JSON
import Postgres
import Queue
import Runtime

extension Accounts {
    package func me(_ user: SignedInUser) async throws -> User {
        guard let found = try await User.find(user.id, at: now, on: database) else { throw Problem(.unauthenticated) }
        return found
    }

    package func profile(of id: ID<User>, for viewer: SignedInUser) async throws -> Profile {
        guard let found = try await Profile.find(id, for: viewer.id, at: now, on: database) else {
            throw Problem(.notFound, "There is no such person.")
        }
        return found
    }

    /// People whose name has words that begin like those of the query.
    package func searchPeople(
        _ query: String, for viewer: SignedInUser, after cursor: String?, limit: Int
    ) async throws -> [Profile] {
        // By scalars: one letter as people see it may hold signs that are operators to PostgreSQL.
        let words = query.lowercased().unicodeScalars.split {
            !($0.properties.isAlphabetic || $0.properties.numericType != nil)
        }.prefix(8).map { String($0) }
        guard words.contains(where: { $0.unicodeScalars.count >= 2 }) else {
            throw Problem.invalid("query", .tooShort, "at least one word of two letters")
        }
        return try await Profile.search(
            words.map { "\($0):*" }.joined(separator: " & "), exactly: query.trimmed.lowercased(), for: viewer.id,
            after: cursor, limit: limit, at: now, on: database)
    }

    package func changeProfile(_ change: ProfileChange, of user: SignedInUser) async throws -> User {
        try await refusingTakenNames {
            try await durable.transaction { transaction in
                try await Profile.change(change, of: user.id, at: now, on: transaction)
                if let avatar = change.avatar {
                    try await Avatar.set(avatar, of: user.id, at: now, on: transaction)
                }
                try await UserChange.record(.profile, of: user.id, at: now, on: transaction)
            }
        }
        return try await me(user)
    }

    package func setAvailability(_ availability: User.Availability, of user: SignedInUser) async throws {
        try await durable.transaction { transaction in
            try await Profile.setAvailability(availability, of: user.id, at: now, on: transaction)
            try await UserChange.record(.profile, of: user.id, at: now, on: transaction)
        }
    }
}
