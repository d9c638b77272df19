import Crypto
import JSON
import Postgres
import Queue
import Runtime

extension Accounts {
    private enum Verdict {
        case complete(SignedIn)
        case wrong
    }

    /// How a second factor was given.
    enum GivenFactor: Sendable { case app, backupCode }

    /// The second half of a sign-in: a code of the app, or a backup code. Five tries, then it begins anew.
    package func completeSignIn(_ token: String, code: String, from origin: Origin) async throws -> SignedIn {
        guard let id = secrets.secondFactorTokens.id(in: token, of: IssuedCode.self),
            let half = try await IssuedCode.payForGuess(id, for: .secondFactor, at: now, on: database),
            let user = half.user
        else { throw Problem(.secondFactorExpired, "Sign in again.") }
        let guess = try await secondFactorGuess(of: user, code, from: origin)
        try await throttle.take(guess)
        let verdict = try await durable.transaction { transaction in
            try await complete(id, of: user, by: half.method ?? .password, code: code, from: origin, on: transaction)
        }
        // Thrown here, so that the audit log keeps what happened.
        guard case .complete(let signedIn) = verdict else { throw Self.wrongCode }
        await throttle.giveBack(guess)
        return signedIn
    }

    static var wrongCode: Problem {
        var problem = Problem(.invalidCode, "The code is wrong, or was used before.")
        problem.errors = [.init(path: "code", code: .invalid, message: "wrong, or used before")]
        return problem
    }

    private func complete(
        _ id: ID<IssuedCode>, of user: ID<User>, by method: Session.Method, code: String, from origin: Origin,
        on transaction: JobTransaction
    ) async throws -> Verdict {
        guard try await User.lock(user, on: transaction) != nil,
            let factor = try await SecondFactor.find(user, on: transaction), factor.isConfirmed
        else { throw Problem(.secondFactorExpired, "Sign in again.") }
        guard let given = try await use(code, of: factor, on: transaction) else {
            try await AuditEntry(.secondFactorFailed, by: nil, to: user, from: origin, at: now).write(on: transaction)
            return .wrong
        }
        guard try await IssuedCode.use(id, for: [.secondFactor], at: now, on: transaction) != nil else {
            throw Problem(.secondFactorExpired, "Sign in again.")
        }
        if given == .backupCode { try await noteBackupCode(of: user, from: origin, on: transaction) }
        return .complete(try await openSession(user, by: method, from: origin, on: transaction))
    }

    func noteBackupCode(of user: ID<User>, from origin: Origin, on transaction: JobTransaction) async throws {
        try await AuditEntry(.backupCodeUsed, by: user, from: origin, at: now).write(on: transaction)
        try await notify(user, of: .backupCodeUsed, on: transaction)
    }

    /// Uses up a code; nil for a wrong one. Of two that come with the same code at once, one gets it.
    func use(
        _ code: String, of factor: SecondFactor, on sql: some SQLRunner
    ) async throws -> GivenFactor? {
        let digits = code.filter { !$0.isWhitespace }
        if let step = try app(of: factor).verify(digits, at: now, lastUsed: factor.lastStep) {
            return try await SecondFactor.use(step: step, of: factor.user, on: sql) ? .app : nil
        }
        guard let backup = BackupCode(code) else { return nil }
        let isUsed = try await SecondFactor.useBackupCode(
            backup.digests(for: factor.user, secrets.backupCodes), of: factor.user, at: now, on: sql)
        return isUsed ? .backupCode : nil
    }

    func app(of factor: SecondFactor) throws -> OneTimeCode {
        OneTimeCode(
            secret: SecretBytes(copying: try secrets.open(factor.sealedSecret, as: "totp", of: factor.user)))
    }

    /// Six digits can be guessed by somebody who knows the password and has time, so they are counted for the account too,
    /// where it has never been; backup codes cannot, so an owner elsewhere still gets in with one.
    private func secondFactorGuess(
        of user: ID<User>, _ code: String, from origin: Origin
    ) async throws -> [Throttle.Bucket] {
        let isFamiliar = try await Credential.find(user, from: origin, on: database)?.isFamiliar ?? false
        return Throttle.guess(
            "totp", "\(user)", from: origin, isFamiliar: isFamiliar || BackupCode(code) != nil, config.limits)
    }
}
