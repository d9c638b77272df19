import JSON
import Postgres
import Queue
import Runtime

/// What a code for a telephone number has come to.
package enum VerifiedPhone: Sendable {
    /// The number is in the account of the person who is signed in.
    case attached
    case signIn(SignIn)
}

extension Accounts {
    /// Proves a number: puts it into the account of whoever is signed in, signs in the person whose number it is, or makes a
    /// new account, for which a username is needed. A number opens the account that it is put into, so that takes the
    /// password.
    package func verifyPhone(
        _ phone: PhoneNumber, code: String, username: Username? = nil, displayName: String? = nil,
        password: String? = nil, for user: SignedInUser?, from origin: Origin
    ) async throws -> VerifiedPhone {
        var confirmation: Confirmation?
        if let user { confirmation = try await confirm(user, password: password, from: origin) }
        let id = try await check(code, for: phone, user, from: origin)
        return try await refusingTakenNames { [confirmation] in
            try await durable.transaction { transaction in
                guard try await IssuedCode.use(id, for: [.phone], at: now, on: transaction) != nil else {
                    throw Self.wrongCode
                }
                if let user, let confirmation {
                    try await confirmation.lock(on: transaction)
                    try await attach(phone, to: user, from: origin, on: transaction)
                    return .attached
                }
                let owner = try await User.id(ofPhone: secrets.digests(of: phone), on: transaction)
                if let owner { return .signIn(try await signInByPhone(owner, from: origin, on: transaction)) }
                // The code stays good for a second call with a name: what is thrown here takes its use back.
                guard let username else {
                    throw Problem.invalid("username", .missing, "this number has no account yet: choose a name for one")
                }
                return .signIn(
                    .complete(
                        try await register(phone, username, displayName, from: origin, on: transaction)))
            }
        }
    }

    /// Takes the number out of the account.
    package func removePhone(of user: SignedInUser, password: String?, from origin: Origin) async throws {
        let confirmation = try await confirm(user, password: password, from: origin)
        try await durable.transaction { transaction in
            guard try await confirmation.lock(on: transaction).phoneDigest != nil else {
                throw Problem(.notFound, "There is no number.")
            }
            guard try await OAuthIdentity.waysIn(of: user.id, on: transaction) > 1 else { throw Self.lastWayIn }
            try await User.setPhone(sealed: nil, digest: nil, of: user.id, at: now, on: transaction)
            try await AuditEntry(.phoneRemoved, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            try await UserChange.record(.profile, of: user.id, at: now, on: transaction)
        }
    }

    static var lastWayIn: Problem {
        Problem(.lastSignInMethod, "There would be no way left to sign in: add another one first.")
    }

    private func attach(
        _ phone: PhoneNumber, to user: SignedInUser, from origin: Origin, on transaction: JobTransaction
    ) async throws {
        try await attach(phone, to: user.id, on: transaction)
        try await AuditEntry(.phoneAttached, by: user.id, session: user.session, from: origin, at: now)
            .write(on: transaction)
        try await notify(user.id, of: .phoneAttached, on: transaction)
        try await UserChange.record(.profile, of: user.id, at: now, on: transaction)
    }

    private func signInByPhone(
        _ owner: ID<User>, from origin: Origin, on transaction: JobTransaction
    ) async throws -> SignIn {
        guard try await User.lock(owner, on: transaction) != nil,
            let credential = try await Credential.find(owner, from: origin, on: transaction)
        else { throw Self.wrongCode }
        return try await signIn(
            owner, by: .phone, hasSecondFactor: credential.hasSecondFactor, from: origin, on: transaction)
    }

    private func register(
        _ phone: PhoneNumber, _ username: Username, _ displayName: String?, from origin: Origin,
        on transaction: JobTransaction
    ) async throws -> SignedIn {
        let id = ID<User>.new()
        try await User.insert(
            id, username: username, email: nil, verifiedAt: nil, displayName: displayName ?? "", at: now,
            on: transaction)
        try await attach(phone, to: id, on: transaction)
        try await AuditEntry(.registered, by: id, from: origin, at: now, ["method": "phone"]).write(on: transaction)
        return try await openSession(id, by: .phone, from: origin, on: transaction)
    }
}
