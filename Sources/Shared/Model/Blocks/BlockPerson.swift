import JSON
import Postgres
import Queue
import Runtime

/// Somebody whom a person has blocked.
package struct BlockedPerson: Sendable {
    package let id: ID<User>
    /// Nil when the account is gone.
    package let username: String?
    package let displayName: String
    package let blockedAt: Timestamp
}

extension Accounts {
    package func block(_ other: ID<User>, by user: SignedInUser) async throws {
        guard other != user.id else { throw Problem.invalid("userId", .invalid, "that is you") }
        try await durable.transaction { transaction in
            guard try await Block.insert(other, by: user.id, at: now, on: transaction) else {
                guard try await Profile.find(other, for: user.id, at: now, on: transaction) != nil else {
                    throw Problem(.notFound, "There is no such person.")
                }
                return
            }
            try await UserChange.record(.blocks, of: user.id, at: now, on: transaction)
            try await transaction.enqueue(HidePresence(user.id, from: other))
            try await transaction.enqueue(HidePresence(other, from: user.id))
        }
    }

    package func unblock(_ other: ID<User>, by user: SignedInUser) async throws {
        try await durable.transaction { transaction in
            if try await Block.delete(other, by: user.id, on: transaction) {
                try await UserChange.record(.blocks, of: user.id, at: now, on: transaction)
            }
        }
    }

    package func blocks(
        of user: SignedInUser, after cursor: ID<User>?, limit: Int
    ) async throws -> [BlockedPerson] {
        try await Block.all(by: user.id, after: cursor, limit: limit, on: database).map {
            BlockedPerson(id: $0.0, username: $0.1, displayName: $0.2, blockedAt: $0.3)
        }
    }
}
