import Postgres
import Queue
import Runtime

extension Accounts {
    /// Sends a link to an address that a person wants to change to; it takes the place of the old one when the link is
    /// followed. The answer does not say whether the address is somebody else's.
    package func changeEmail(
        to email: EmailAddress, password: String?, of user: SignedInUser, from origin: Origin
    ) async throws {
        let confirmation = try await confirm(user, password: password, from: origin)
        try await throttle.take(Throttle.code(to: email.rawValue, from: origin, config.limits))
        try await durable.transaction { transaction in
            try await confirmation.lock(on: transaction)
            try await IssuedCode.withdraw([.changeEmail], of: user.id, on: transaction)
            try await sendVerification(to: email, of: user.id, .changeEmail, on: transaction)
            try await AuditEntry(.emailChangeAsked, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
        }
    }
}
