import Postgres
import Queue
import Runtime

/// What somebody registers with.
package struct Registration: Sendable {
    package let email: EmailAddress
    package let username: Username
    package let password: String
    package let displayName: String?

    package init(email: EmailAddress, username: Username, password: String, displayName: String? = nil) {
        self.email = email
        self.username = username
        self.password = password
        self.displayName = displayName
    }
}

extension Accounts {
    /// A new account, usable at once with the tokens of the answer. Its address is unverified until the link of the mail
    /// was followed.
    package func register(_ registration: Registration, from origin: Origin) async throws -> SignedIn {
        let password = try NewPassword(
            registration.password, email: registration.email, username: registration.username)
        // It has to say whether an address is taken, so it must not be asked often.
        try await throttle.take(Throttle.registration(from: origin, config.limits))
        let hash = try await hash(password)
        return try await refusingTakenNames {
            try await durable.transaction { transaction in
                let (id, now) = (ID<User>.new(), now)
                try await User.insert(
                    id, username: registration.username, email: registration.email, verifiedAt: nil,
                    displayName: registration.displayName ?? "", at: now, on: transaction)
                try await Credential.set(hash, of: id, at: now, on: transaction)
                try await sendVerification(to: registration.email, of: id, on: transaction)
                try await AuditEntry(.registered, by: id, from: origin, at: now).write(on: transaction)
                return try await openSession(id, by: .registration, from: origin, on: transaction)
            }
        }
    }

    /// The constraints of the tables decide, also between two at the same time.
    func refusingTakenNames<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as PostgresError {
            if error.isUniqueViolation(of: "users_email") {
                throw Problem(.emailTaken, "There is an account with this address already.")
            }
            if error.isUniqueViolation(of: "users_username") {
                throw Problem(.usernameTaken, "Somebody else has this username.")
            }
            if error.isUniqueViolation(of: "users_phone") {
                throw Problem(.phoneTaken, "There is an account with this number already.")
            }
            if error.isUniqueViolation(of: "oauth_identities_subject") {
                throw Problem(.identityTaken, "This identity belongs to another account.")
            }
            throw error
        }
    }
}
