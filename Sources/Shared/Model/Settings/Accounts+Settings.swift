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

    /// What `change` leaves alone stays as it is, also where another device changes it at the same time.
    package func changeSettings(
        of user: SignedInUser, _ change: (inout UserSettings) -> Void
    ) async throws -> UserSettings {
        try await durable.transaction { transaction in
            // Takes the lock of the person's row.
            try await UserChange.record(.settings, of: user.id, at: now, on: transaction)
            guard var settings = try await UserSettings.find(user.id, on: transaction) else {
                throw Problem(.unauthenticated)
            }
            let wasSeen = settings.lastSeen == .everyone
            change(&settings)
            if wasSeen, settings.lastSeen == .nobody { try await transaction.enqueue(HidePresence(user.id)) }
            try await settings.store(for: user.id, at: now, on: transaction)
            return settings
        }
    }
}
