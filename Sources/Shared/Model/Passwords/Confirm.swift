import JSON
import Postgres
import Runtime

/// That somebody has shown who they are. Looking took its time: what follows asks again, under the lock of their row,
/// whether what it stood on still holds.
struct Confirmation {
    fileprivate let user: SignedInUser
    fileprivate let passwordChangedAt: Timestamp?
    fileprivate let origin: Origin

    /// Locks the person's row. Meanwhile the password may have been changed, and the session ended, because a thief was
    /// noticed: whatever that thief had begun ends here.
    @discardableResult
    func lock(on transaction: some SQLRunner) async throws -> LockedUser {
        guard let person = try await User.lock(user.id, on: transaction),
            let present = try await Credential.find(user.id, from: origin, on: transaction),
            present.changedAt == passwordChangedAt,
            try await Session.start(of: user.session, on: transaction) != nil
        else { throw Problem(.unauthenticated) }
        return person
    }
}

extension Accounts {
    /// Asks once more who it is, before what an attacker with somebody's unlocked device would do first: by the
    /// password, or, of an account that has none, by a sign-in of just now.
    func confirm(_ user: SignedInUser, password: String?, from origin: Origin) async throws -> Confirmation {
        guard let credential = try await Credential.find(user.id, from: origin, on: database) else {
            throw Problem(.unauthenticated)
        }
        let confirmation = Confirmation(user: user, passwordChangedAt: credential.changedAt, origin: origin)
        guard credential.hash != nil else {
            try await requireFreshSignIn(user)
            return confirmation
        }
        guard let password else { throw Problem.invalid("password", .missing, "the present password is needed") }
        let guess = Throttle.guess(
            "confirm", "\(user.id)", from: origin, isFamiliar: credential.isFamiliar, config.limits)
        try await throttle.take(guess)
        guard try await verify(password, against: credential.hash) else {
            try await AuditEntry(.confirmationFailed, by: user.id, session: user.session, from: origin, at: now)
                .write(on: database)
            throw Problem(.invalidCredentials, "The password is wrong.")
        }
        await throttle.giveBack(guess)
        return confirmation
    }

    /// The same, where having just signed in is proof enough.
    func confirmUnlessFresh(_ user: SignedInUser, password: String?, from origin: Origin) async throws {
        if password == nil, try await isFresh(user) { return }
        _ = try await confirm(user, password: password, from: origin)
    }

    private func requireFreshSignIn(_ user: SignedInUser) async throws {
        guard try await isFresh(user) else {
            throw Problem(.signInAgain, "Sign in again, and then do this within ten minutes.")
        }
    }

    private func isFresh(_ user: SignedInUser) async throws -> Bool {
        let start = try await Session.start(of: user.session, on: database)
        return start.map { now - $0 <= Lifetimes.freshness } ?? false
    }
}
