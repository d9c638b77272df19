import Crypto
import Postgres
import Queue
import Runtime

/// What an authenticator app is set up with.
package struct SecondFactorEnrollment: Sendable {
    package let secret: String
    /// What goes into the QR code.
    package let uri: String
}

extension Accounts {
    /// Gives a secret to an authenticator app. Nothing is asked for it before a code of the app has confirmed it.
    package func enrollSecondFactor(
        _ user: SignedInUser, password: String?, from origin: Origin
    ) async throws -> SecondFactorEnrollment {
        let confirmation = try await confirm(user, password: password, from: origin)
        guard let found = try await User.find(user.id, at: now, on: database) else { throw Problem(.unauthenticated) }
        let app = OneTimeCode.random()
        let sealed = secrets.seal(Array(app.secret.byteArray), as: "totp", of: user.id)
        try await database.transaction { transaction in
            try await confirmation.lock(on: transaction)
            guard try await SecondFactor.begin(user.id, sealedSecret: sealed, at: now, on: transaction) else {
                throw Problem(.alreadyEnabled, "There is an authenticator app already: disable it first.")
            }
        }
        let account = found.email?.rawValue ?? found.username
        return SecondFactorEnrollment(
            secret: Base32.encode(app.secret), uri: app.uri(issuer: config.places.name, account: account))
    }

    /// Shows that the app has the secret, and gets the backup codes: this is the only time that they can be seen.
    package func confirmSecondFactor(
        _ user: SignedInUser, code: String, from origin: Origin
    ) async throws -> [String] {
        let guess = Throttle.guess("totp", "\(user.id)", from: origin, isFamiliar: false, config.limits)
        try await throttle.take(guess)
        let codes = try await durable.transaction { transaction in
            // The lock that a sign-in takes too: it finds the factor, or is over before.
            guard try await User.lock(user.id, on: transaction) != nil,
                let factor = try await SecondFactor.find(user.id, on: transaction), !factor.isConfirmed
            else {
                throw Problem(.notFound, "There is no authenticator app to confirm.")
            }
            guard let step = try app(of: factor).verify(code, at: now),
                try await SecondFactor.confirm(user.id, step: step, at: now, on: transaction)
            else { throw Self.wrongCode }
            try await AuditEntry(.secondFactorEnabled, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            try await notify(user.id, of: .secondFactorEnabled, on: transaction)
            return try await renewBackupCodes(of: user.id, on: transaction)
        }
        await throttle.giveBack(guess)
        return codes
    }

    /// Gives up the app. Wants the password and a code, so that neither of them alone is enough.
    package func disableSecondFactor(
        _ user: SignedInUser, password: String?, code: String, from origin: Origin
    ) async throws {
        let confirmation = try await confirm(user, password: password, from: origin)
        try await usingCode(code, of: user, from: origin) { transaction in
            try await confirmation.lock(on: transaction)
            try await SecondFactor.remove(of: user.id, on: transaction)
            try await IssuedCode.withdraw([.secondFactor], of: user.id, on: transaction)
            try await AuditEntry(.secondFactorDisabled, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            try await notify(user.id, of: .secondFactorDisabled, on: transaction)
        }
    }

    /// Ten new backup codes; the old ones are worth nothing any more.
    package func renewBackupCodes(
        _ user: SignedInUser, code: String, from origin: Origin
    ) async throws -> [String] {
        try await usingCode(code, of: user, from: origin) { transaction in
            try await AuditEntry(.backupCodesRenewed, by: user.id, session: user.session, from: origin, at: now)
                .write(on: transaction)
            return try await renewBackupCodes(of: user.id, on: transaction)
        }
    }

    private func renewBackupCodes(of user: ID<User>, on transaction: JobTransaction) async throws -> [String] {
        let codes = (0..<BackupCode.count).map { _ in BackupCode.random() }
        let digests = codes.map { $0.digest(for: user, secrets.backupCodes) }
        try await SecondFactor.replaceBackupCodes(of: user, with: digests, on: transaction)
        return codes.map(\.text)
    }

    /// Does something that needs a code of the app, or a backup code.
    func usingCode<Value>(
        _ code: String, of user: SignedInUser, from origin: Origin, _ body: (JobTransaction) async throws -> Value
    ) async throws -> Value {
        let guess = Throttle.guess("totp", "\(user.id)", from: origin, isFamiliar: false, config.limits)
        try await throttle.take(guess)
        let value = try await durable.transaction { transaction -> Value? in
            // The row of the person before the factor's, as a sign-in takes them.
            guard try await User.lock(user.id, on: transaction) != nil else { throw Problem(.unauthenticated) }
            guard let factor = try await SecondFactor.find(user.id, on: transaction), factor.isConfirmed else {
                throw Problem(.notFound, "There is no authenticator app.")
            }
            guard let given = try await use(code, of: factor, on: transaction) else {
                try await AuditEntry(.secondFactorFailed, by: user.id, session: user.session, from: origin, at: now)
                    .write(on: transaction)
                return nil
            }
            if given == .backupCode { try await noteBackupCode(of: user.id, from: origin, on: transaction) }
            return try await body(transaction)
        }
        // Thrown here, so that the audit log keeps what happened.
        guard let value else { throw Self.wrongCode }
        await throttle.giveBack(guess)
        return value
    }
}
