import Postgres
import Queue
import Runtime

extension Accounts {
    /// Sets another password, or the first one of an account without. All other devices have to sign in again.
    package func changePassword(
        from current: String?, to text: String, of user: SignedInUser, from origin: Origin
    ) async throws {
        let confirmation = try await confirm(user, password: current, from: origin)
        guard let found = try await User.find(user.id, at: now, on: database) else { throw Problem(.unauthenticated) }
        let password = try NewPassword(
            text, field: "newPassword", email: found.email, username: Username(found.username))
        let hash = try await hash(password)
        try await durable.transaction { transaction in
            try await confirmation.lock(on: transaction)
            try await Credential.set(hash, of: user.id, at: now, on: transaction)
            try await IssuedCode.withdraw(IssuedCode.waysBackIn, of: user.id, on: transaction)
            try await AccountExport.withdrawAll(of: user.id, on: transaction)
            try await Session.endAll(
                of: user.id, except: user.session, as: .password, at: now, on: transaction)
            try await AuditEntry(.passwordChanged, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            try await notify(user.id, of: .passwordChanged, on: transaction)
        }
    }
}
