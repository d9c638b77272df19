import JSON
import Postgres
import Queue
import Runtime

/// Looks whether an address is somebody's, and owes them the mail. A job, so that the answer to whoever asked takes the same
/// time for all addresses.
package struct AnswerForgottenPassword: Job, Codable, Equatable {
    package static let kind = "account.answer_forgotten_password"
    package static let queue = QueueName.maintenance
    package static var priority: Priority { .high }
    let email: EmailAddress
}

extension Accounts {
    /// Asks for a link to set the password anew. Whether there is such an account stays between us and the mailbox.
    package func forgotPassword(_ email: EmailAddress, from origin: Origin) async throws {
        try await throttle.take(Throttle.reset(of: email, from: origin, config.limits))
        try await durable.enqueue(
            AnswerForgottenPassword(email: email), JobOptions(expiresAt: now + Lifetimes.reset))
    }

    /// Sets the password under the link of a mail. Whoever has the mailbox has the account: what may be left of others,
    /// sessions above all, ends.
    package func resetPassword(_ token: String, to text: String, from origin: Origin) async throws {
        let purposes = [IssuedCode.Purpose.resetPassword]
        // No hashing for links that are none.
        guard let id = secrets.mailTokens.id(in: token, of: IssuedCode.self),
            let code = try await IssuedCode.peek(id, for: purposes, at: now, on: database)
        else { throw Self.deadLink }
        let owner = if let user = code.user { try await User.find(user, at: now, on: database) } else { User?.none }
        let password = try NewPassword(
            text, email: code.email, username: owner.flatMap { Username($0.username) })
        let hash = try await hash(password)
        try await durable.transaction { transaction in
            guard let used = try await IssuedCode.use(id, for: purposes, at: now, on: transaction),
                let user = used.user, let person = try await User.lock(user, on: transaction),
                let email = person.email, email == used.email
            else { throw Self.deadLink }
            if !person.isVerified { try await claim(person, from: origin, on: transaction) }
            try await User.setEmail(email, verifiedAt: person.emailVerifiedAt ?? now, of: user, on: transaction)
            try await Credential.set(hash, of: user, at: now, on: transaction)
            try await IssuedCode.withdraw(IssuedCode.waysBackIn, of: user, on: transaction)
            try await AccountExport.withdrawAll(of: user, on: transaction)
            try await Session.endAll(of: user, as: .reset, at: now, on: transaction)
            try await AuditEntry(.passwordReset, by: user, from: origin, at: now).write(on: transaction)
            try await notify(user, of: .passwordReset, on: transaction)
        }
    }
}

extension AnswerForgottenPassword {
    /// Nothing for an address that nobody has verified: whoever registered it may not be its owner.
    package func answer(on transaction: JobTransaction) async throws {
        guard let user = try await User.id(ofEmail: email, on: transaction),
            let person = try await User.lock(user, on: transaction), person.isVerified, person.email == email
        else { return }
        let code = IssuedCode(.resetPassword, for: user, email: email, at: .now, lifetime: Lifetimes.reset)
        try await code.insert(on: transaction)
        try await AuditEntry(.resetAsked, by: nil, to: user, from: Origin(), at: .now).write(on: transaction)
        try await transaction.enqueue(SendPasswordReset(code: code.id), JobOptions(expiresAt: code.expiresAt))
    }
}
