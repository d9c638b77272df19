import HTTP
import Runtime

/// How often something may be tried. 0 switches a limit off, for load tests.
package struct GuessLimits: ConfigGroup {
    /// Wrong passwords or codes for one account from one address.
    var fromAddress: Int
    /// From one address, for whatever accounts.
    var byAddress: Int
    /// For one account, from all addresses where it has never been signed in.
    var forAccount: Int
    var window: Duration
    /// New accounts from one address in an hour.
    var registrations: Int
    /// Mails and text messages with codes, to one receiver in an hour.
    var codesTo: Int
    /// The same on behalf of one address.
    var codesFrom: Int

    package init(from reader: inout ConfigReader) {
        let number = Setting<Int>.int(in: 0...1_000_000)
        fromAddress = reader.read("GUESSES_PER_ACCOUNT_AND_ADDRESS", number, default: 10)
        byAddress = reader.read("GUESSES_PER_ADDRESS", number, default: 100)
        forAccount = reader.read("GUESSES_PER_ACCOUNT", number, default: 50)
        window = reader.read(
            "GUESS_WINDOW", .duration(unit: .seconds, in: .seconds(1) ... .days(1)), default: .minutes(15))
        registrations = reader.read("REGISTRATIONS_PER_ADDRESS", number, default: 20)
        codesTo = reader.read("CODES_PER_RECEIVER", number, default: 5)
        codesFrom = reader.read("CODES_PER_ADDRESS", number, default: 30)
    }
}

extension Throttle {
    /// The buckets of a guess. `subject` is the account, or what was given for one, so that both are throttled alike.
    ///
    /// The last bucket stops guessing that is spread over many addresses. It would lock an owner out, so it does not count
    /// where the owner has been before, `isFamiliar`; elsewhere a reset by mail remains.
    static func guess(
        _ kind: StaticString, _ subject: String, from origin: Origin, isFamiliar: Bool, _ limits: GuessLimits
    ) -> [Bucket] {
        let address = origin.network
        let pair = Bucket(kind, "\(subject) \(address)", limit: limits.fromAddress, window: limits.window)
        let wide = Bucket("address", address, limit: limits.byAddress, window: limits.window)
        let account = Bucket(kind, "\(subject) everywhere", limit: limits.forAccount, window: limits.window)
        return isFamiliar ? [pair, wide] : [pair, wide, account]
    }

    /// The bucket of a device on which the person has been signed in.
    static func guess(_ kind: StaticString, onDeviceOf session: ID<Session>, _ limits: GuessLimits) -> [Bucket] {
        [Bucket(kind, "device \(session)", limit: limits.fromAddress, window: limits.window)]
    }

    static func registration(from origin: Origin, _ limits: GuessLimits) -> [Bucket] {
        [Bucket("registration", origin.network, limit: limits.registrations, window: .hours(1))]
    }

    /// A mail or a text message that somebody wants sent.
    static func code(to receiver: String, from origin: Origin, _ limits: GuessLimits) -> [Bucket] {
        [
            Bucket("receiver", receiver, limit: limits.codesTo, window: .hours(1)),
            Bucket("sender", origin.network, limit: limits.codesFrom, window: .hours(1)),
        ]
    }

    /// What anybody may ask for who knows an address: whoever asks often uses up the tries of their own network first, and
    /// those of the owner only with many.
    static func reset(of email: EmailAddress, from origin: Origin, _ limits: GuessLimits) -> [Bucket] {
        code(to: "\(email.rawValue) \(origin.network)", from: origin, limits)
            + [Bucket("mailbox", email.rawValue, limit: limits.codesTo * 4, window: .hours(1))]
    }
}
