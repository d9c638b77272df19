import Postgres
import Queue
import Runtime

extension Accounts {
    package func settings(of user: SignedInUser) async throws -> UserSettings {
        guard let settings = try await UserSettings.find(user.id, on: database) else {
            throw Problem(.unauthenticated)
        }
        return settings
    }

    package func store(_ settings: UserSettings, for user: SignedInUser) async throws {
        try await durable.transaction { transaction in
            try await settings.store(for: user.id, at: now, on: transaction)
            try await UserChange.record(.settings, of: user.id, at: now, on: transaction)
        }
    }
}
