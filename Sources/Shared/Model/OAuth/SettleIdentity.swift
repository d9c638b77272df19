import JSON
import Postgres
import Queue
import Runtime

extension Accounts {
    /// Finds out whose account an identity opens, or makes one, and goes on in the same transaction.
    func settling<Value>(
        _ identity: ProvenIdentity, from origin: Origin,
        _ body: (ID<User>, _ hasSecondFactor: Bool, JobTransaction) async throws -> Value
    ) async throws -> Value {
        for attempt in 1... {
            do {
                return try await durable.transaction { transaction in
                    let user = try await account(of: identity, from: origin, on: transaction)
                    let credential = try await Credential.find(user, from: origin, on: transaction)
                    return try await body(user, credential?.hasSecondFactor ?? false, transaction)
                }
            } catch let error as PostgresError where error.isUniqueViolation() && attempt < 3 {
                // Somebody took the name, the address, or the same identity at the same moment: now it is there to be found.
            }
        }
        preconditionFailure("the last attempt returned or threw")
    }

    private func account(
        of identity: ProvenIdentity, from origin: Origin, on transaction: JobTransaction
    ) async throws -> ID<User> {
        if let owner = try await OAuthIdentity.owner(of: identity, on: transaction),
            try await User.lock(owner, on: transaction) != nil
        {
            try await OAuthIdentity.noteUse(of: identity, at: now, on: transaction)
            return owner
        }
        // An address that the provider does not vouch for may be anybody's: it opens no account and makes none.
        guard let email = identity.email, identity.isEmailVerified else {
            throw Problem(
                .providerEmailUnverified,
                "Your address is not verified at the provider: verify it there, then try again.")
        }
        guard let holder = try await User.id(ofEmail: email, on: transaction),
            let person = try await User.lock(holder, on: transaction)
        else { return try await newAccount(identity, email, from: origin, on: transaction) }
        if !person.isVerified {
            try await claim(person, from: origin, on: transaction)
            try await User.setEmail(email, verifiedAt: now, of: holder, on: transaction)
        }
        try await add(identity, to: holder, from: origin, on: transaction)
        return holder
    }

    private func newAccount(
        _ identity: ProvenIdentity, _ email: EmailAddress, from origin: Origin, on transaction: JobTransaction
    ) async throws -> ID<User> {
        let id = ID<User>.new()
        try await User.insert(
            id, username: try await freeUsername(like: email, on: transaction), email: email, verifiedAt: now,
            displayName: identity.name ?? "", at: now, on: transaction)
        try await OAuthIdentity.insert(identity, of: id, at: now, on: transaction)
        try await AuditEntry(
            .registered, by: id, from: origin, at: now, ["method": .string(identity.provider.rawValue)]
        ).write(on: transaction)
        return id
    }

    /// As near to the address as the rules allow; the person may change it.
    private func freeUsername(like email: EmailAddress, on sql: some SQLRunner) async throws -> Username {
        let local = email.rawValue.utf8.prefix { $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "+") }
        let kept = String(decoding: local.filter { $0.isLetterOrDigit }.prefix(20), as: UTF8.self)
        if let plain = Username(kept), try await User.isFree(plain.rawValue, on: sql) { return plain }
        let numbered = "\(kept.isEmpty ? "user" : kept)\(Entropy.bits() % 9_000_000 + 1_000_000)"
        guard let username = Username(numbered) else { preconditionFailure("letters and digits make a username") }
        return username
    }
}
