import Postgres
import Queue
import Runtime

extension Accounts {
    /// The owner of an address takes over an account that somebody registered with it and never verified. Whatever could
    /// let that somebody back in goes first.
    func claim(_ person: LockedUser, from origin: Origin, on transaction: JobTransaction) async throws {
        try await Session.endAll(of: person.id, as: .claimed, at: now, on: transaction)
        try await Credential.remove(of: person.id, on: transaction)
        try await SecondFactor.remove(of: person.id, on: transaction)
        try await OAuthIdentity.removeAll(of: person.id, on: transaction)
        try await User.setPhone(sealed: nil, digest: nil, of: person.id, at: now, on: transaction)
        try await IssuedCode.withdraw(IssuedCode.Purpose.allCases, of: person.id, on: transaction)
        _ = try await AccountDeletion.cancel(person.id, on: transaction)
        try await AuditEntry(.claimed, by: nil, to: person.id, from: origin, at: now).write(on: transaction)
    }
}
