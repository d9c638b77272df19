import Crypto
import Postgres
import Queue
import Runtime

extension Accounts {
    /// Owes a text message with a code: to sign in or register by it, or, for somebody who is signed in, to have the number
    /// in the account. Every number gets one, whoever has it.
    package func requestPhoneCode(
        _ phone: PhoneNumber, for user: SignedInUser?, from origin: Origin
    ) async throws {
        // Where the owner has been it is counted apart: others cannot use up what the owner may ask for.
        let isAtHome = try await User.isAtHome(phone: secrets.digests(of: phone), from: origin, on: database)
        let receiver = isAtHome ? "\(phone.text) at home" : phone.text
        try await throttle.take(
            Throttle.code(to: receiver, from: origin, config.limits)
                + [Throttle.Bucket("resend", receiver, limit: min(config.limits.codesTo, 1), window: .seconds(30))])
        let code = IssuedCode(.phone, for: user?.id, at: now, lifetime: Lifetimes.phoneCode)
        let sealed = secrets.seal(phone.text, as: "phone", of: code.id)
        try await durable.transaction { transaction in
            try await code.insert(
                phoneSealed: sealed, phoneDigest: secrets.digest(of: phone), network: origin.network, on: transaction)
            try await transaction.enqueue(SendPhoneCode(code: code.id), JobOptions(expiresAt: code.expiresAt))
        }
    }

    /// The code that was sent last to this number, if these are its digits; each look costs one of five tries. Who did not
    /// ask for the code has tries of their own: else anybody could use up those of the owner.
    func check(
        _ digits: String, for phone: PhoneNumber, _ user: SignedInUser?, from origin: Origin
    ) async throws -> ID<IssuedCode> {
        let latest = try await IssuedCode.latest(
            forPhone: secrets.digests(of: phone), user: user?.id, from: origin.network, at: now, on: database)
        guard let (id, isOwn) = latest, try await mayTry(id, isOwn: isOwn, from: origin),
            secrets.matches(digits.filter { !$0.isWhitespace }, codeOf: id)
        else {
            let owner = try await User.id(ofPhone: secrets.digests(of: phone), on: database)
            try await AuditEntry(
                .phoneCodeFailed, by: user?.id, to: user?.id ?? owner, session: user?.session, from: origin, at: now
            ).write(on: database)
            throw Self.wrongCode
        }
        return id
    }

    private func mayTry(_ id: ID<IssuedCode>, isOwn: Bool, from origin: Origin) async throws -> Bool {
        if isOwn { return try await IssuedCode.payForGuess(id, for: .phone, at: now, on: database) != nil }
        try await throttle.take([
            Throttle.Bucket("code", "\(id) \(origin.network)", limit: 3, window: Lifetimes.phoneCode),
            Throttle.Bucket("code", "\(id)", limit: 6, window: Lifetimes.phoneCode),
        ])
        return true
    }

    /// Keeps a number with a person; the constraint decides between two who prove it at once.
    func attach(
        _ phone: PhoneNumber, to user: ID<User>, on transaction: JobTransaction
    ) async throws {
        let owner = try await User.id(ofPhone: secrets.digests(of: phone), on: transaction)
        guard owner == nil || owner == user else {
            throw Problem(.phoneTaken, "There is an account with this number already.")
        }
        try await User.setPhone(
            sealed: secrets.seal(phone.text, as: "phone", of: user), digest: secrets.digest(of: phone), of: user,
            at: now, on: transaction)
    }
}

extension AccountSecrets {
    /// Six digits, made of the id: so they stand neither in the table nor in a job.
    func phoneCode(of id: ID<IssuedCode>) -> String { Self.digits(phoneCodes.digest(id.uuid.byteArray)) }

    func matches(_ typed: String, codeOf id: ID<IssuedCode>) -> Bool {
        phoneCodes.digests(id.uuid.byteArray).reduce(false) { found, digest in
            constantTimeEqual(Self.digits(digest), typed) || found
        }
    }

    private static func digits(_ digest: [UInt8]) -> String {
        let number = digest[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 1_000_000
        let text = String(number)
        return String(repeating: "0", count: 6 - text.utf8.count) + text
    }
}
