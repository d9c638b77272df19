import Postgres
import Runtime

extension Accounts {
    /// What stands on the page of a mail's last link, in the language of whoever got it.
    package func unsubscribing(_ token: String) async throws -> (phrases: Phrases, app: String) {
        let user = try reader(of: token)
        return (Phrases.in(try await UserSettings.language(of: user, on: database)), config.places.name)
    }

    /// No more mails of missed messages. Done twice it is done.
    package func unsubscribe(_ token: String) async throws {
        let user = try reader(of: token)
        try await database.transaction { transaction in
            guard try await User.lock(user, on: transaction) != nil else { return }
            var wanted = try await NotificationPreferences.find(of: user, on: transaction)
            guard wanted.email else { return }
            wanted.email = false
            try await wanted.keep(of: user, at: now, on: transaction)
            try await UserChange.record(.notificationPreferences, of: user, at: now, on: transaction)
        }
    }

    private func reader(of token: String) throws(Problem) -> ID<User> {
        guard let user = secrets.unsubscribeTokens.id(in: token, of: User.self) else {
            throw Problem(.notFound, "This link is not complete.")
        }
        return user
    }
}
