import JSON
import Postgres
import Queue
import Runtime

extension Accounts {
    /// Owes a mail with a link that verifies the address.
    func sendVerification(
        to email: EmailAddress, of user: ID<User>, _ purpose: IssuedCode.Purpose = .verifyEmail,
        on transaction: JobTransaction
    ) async throws {
        let code = IssuedCode(purpose, for: user, email: email, at: now, lifetime: Lifetimes.verification)
        try await code.insert(on: transaction)
        try await transaction.enqueue(
            SendVerification(code: code.id), JobOptions(expiresAt: code.expiresAt))
    }

    /// Sends the link once more, while the address is unverified.
    package func resendVerification(_ user: SignedInUser, from origin: Origin) async throws {
        guard let found = try await User.find(user.id, at: now, on: database), let email = found.email,
            !found.isVerified
        else { return }
        try await throttle.take(Throttle.code(to: "\(user.id)", from: origin, config.limits))
        try await durable.transaction { transaction in
            try await sendVerification(to: email, of: user.id, on: transaction)
        }
    }

    /// Follows the link of a mail: of a new account, or of a change of address.
    package func verifyEmail(_ token: String, from origin: Origin) async throws {
        guard let id = secrets.mailTokens.id(in: token, of: IssuedCode.self) else { throw Self.deadLink }
        try await refusingTakenNames {
            try await durable.transaction { transaction in
                let used = try await IssuedCode.use(id, for: [.verifyEmail, .changeEmail], at: now, on: transaction)
                guard let used, let user = used.user, let email = used.email,
                    let person = try await User.lock(user, on: transaction)
                else { throw Self.deadLink }
                switch used.purpose {
                case .changeEmail: try await change(person, to: email, from: origin, on: transaction)
                default: try await verify(person, email, from: origin, on: transaction)
                }
            }
        }
    }

    static var deadLink: Problem {
        var problem = Problem(.invalidCode, "This link has expired, was used before, or is not complete.")
        problem.errors = [.init(path: "token", code: .invalid, message: "expired, used, or not complete")]
        return problem
    }

    private func verify(
        _ person: LockedUser, _ email: EmailAddress, from origin: Origin, on transaction: JobTransaction
    ) async throws {
        // A link to an address that is no longer the account's proves nothing about the present one.
        guard person.email == email else { throw Self.deadLink }
        guard !person.isVerified else { return }
        try await User.setEmail(email, verifiedAt: now, of: person.id, on: transaction)
        try await AuditEntry(.emailVerified, by: person.id, from: origin, at: now).write(on: transaction)
        try await UserChange.record(.profile, of: person.id, at: now, on: transaction)
    }

    private func change(
        _ person: LockedUser, to email: EmailAddress, from origin: Origin, on transaction: JobTransaction
    ) async throws {
        try await User.setEmail(email, verifiedAt: now, of: person.id, on: transaction)
        // What was sent to the old address must not count for the account any more.
        try await IssuedCode.withdraw(
            [.verifyEmail, .changeEmail, .resetPassword], of: person.id, on: transaction)
        if let old = person.email, person.isVerified {
            try await notify(person.id, of: .emailChanged, at: old, on: transaction)
        }
        try await AuditEntry(.emailChanged, by: person.id, from: origin, at: now).write(on: transaction)
        try await UserChange.record(.profile, of: person.id, at: now, on: transaction)
    }
}
