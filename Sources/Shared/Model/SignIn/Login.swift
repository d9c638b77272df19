import Crypto
import Postgres
import Queue
import Runtime

extension Accounts {
    /// Signs in with address and password. An unknown address costs the same work as a wrong password, is throttled
    /// and written down alike, and gets the same answer. `token` is the last refresh token that the device has had.
    package func login(
        _ email: EmailAddress, _ password: String, onDeviceOf token: String? = nil, from origin: Origin
    ) async throws -> SignIn {
        let credential = try await Credential.find(email, from: origin, on: database)
        let guess = try await guess(email, credential, onDeviceOf: token, from: origin)
        try await throttle.take(guess)
        let isRight = try await verify(password, against: credential?.hash)
        guard isRight, let credential, let hash = credential.hash else {
            try await AuditEntry(.signInFailed, by: nil, to: credential?.userID, from: origin, at: now)
                .write(on: database)
            throw Problem(.invalidCredentials, "The address or the password is wrong.")
        }
        await throttle.giveBack(guess)
        try await renewIfOutdated(hash, password, of: credential.userID)
        return try await durable.transaction { transaction in
            let present = try await lockUnchanged(credential, from: origin, on: transaction)
            return try await signIn(
                present.userID, by: .password, hasSecondFactor: present.hasSecondFactor, from: origin, on: transaction)
        }
    }

    /// What counts the attempt: on a device of the account's, the device alone, so that nobody else can use up its tries.
    private func guess(
        _ email: EmailAddress, _ credential: Credential?, onDeviceOf token: String?, from origin: Origin
    ) async throws -> [Throttle.Bucket] {
        if let token = token.flatMap({ RefreshToken($0) }),
            let device = try await Session.device(token.session, on: database), device.user == credential?.userID,
            token.isGenuine(seed: device.seed, secrets.refreshTokens)
        {
            return Throttle.guess("login", onDeviceOf: token.session, config.limits)
        }
        return Throttle.guess(
            "login", email.rawValue, from: origin, isFamiliar: credential?.isFamiliar ?? false, config.limits)
    }

    /// While we were hashing, the password may have been changed, and all sessions ended: this one must not slip through.
    /// Nor may it pass by a second factor that was enabled meanwhile.
    private func lockUnchanged(
        _ credential: Credential, from origin: Origin, on transaction: JobTransaction
    ) async throws -> Credential {
        guard try await User.lock(credential.userID, on: transaction) != nil,
            let present = try await Credential.find(credential.userID, from: origin, on: transaction),
            present.changedAt == credential.changedAt
        else { throw Problem(.invalidCredentials, "The address or the password is wrong.") }
        return present
    }

    private func renewIfOutdated(_ hash: PasswordHash, _ password: String, of user: ID<User>) async throws {
        guard hasher.needsRehash(hash) else { return }
        let renewed = try await hasher.hash(password)
        try await Credential.renew(hash, with: renewed, of: user, on: database)
    }
}
