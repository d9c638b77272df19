import Runtime

/// How accounts behave.
package struct AccountsConfig: ConfigGroup {
    /// Of an access token.
    package let accessLifetime: Duration
    /// How long a device stays signed in without being used.
    let idleLifetime: Duration
    /// Between the wish to be deleted and the deletion.
    let deletionGrace: Duration
    let limits: GuessLimits
    package let places: Places

    package init(from reader: inout ConfigReader) {
        accessLifetime = reader.read(
            "JWT_EXPIRATION", or: ["JWT_EXPIRY"],
            .duration(unit: .seconds, in: .seconds(1) ... .days(1)), default: .minutes(15))
        idleLifetime = reader.read(
            "JWT_REFRESH_EXPIRATION", .duration(unit: .seconds, in: .minutes(1) ... .days(90)), default: .days(7))
        deletionGrace = reader.read(
            "ACCOUNT_DELETION_GRACE", .duration(unit: .seconds, in: .zero ... .days(365)), default: .days(14))
        limits = GuessLimits(from: &reader)
        places = Places(from: &reader)
    }
}

/// How long things of accounts last.
enum Lifetimes {
    /// A session, however much it is used.
    static let session: Duration = .days(90)
    /// For so long the last refresh token still brings its successor, for a device that did not get the answer.
    static let refreshGrace: Duration = .seconds(30)
    static let verification: Duration = .hours(24)
    static let reset: Duration = .hours(1)
    static let phoneCode: Duration = .minutes(10)
    /// Between the halves of a sign-in.
    static let secondFactor: Duration = .minutes(5)
    /// A person's way to a provider and back.
    static let flow: Duration = .minutes(10)
    /// Until the application has come for the outcome.
    static let collection: Duration = .minutes(1)
    static let export: Duration = .days(7)
    /// So long after its sign-in a device may do what else needs the password.
    static let freshness: Duration = .minutes(10)
}

/// Where people are sent.
package struct Places: ConfigGroup {
    let name: String
    /// The web client, whose pages take the tokens of mails.
    package let app: String
    package let api: String
    let prefix: String

    package init(from reader: inout ConfigReader) {
        name = reader.read("APP_NAME", .text, default: "Switchyard")
        app = Self.base(reader.read("APP_URL", .webAddress, default: "http://127.0.0.1:3000"))
        api = Self.base(reader.apiAddress())
        prefix = reader.read("API_PREFIX", .text, default: "/api/v1")
    }

    private static func base(_ text: String) -> String { text.hasSuffix("/") ? String(text.dropLast()) : text }

    func page(_ path: String, token: String) -> String { "\(app)/\(path)?token=\(token)" }
    func route(_ path: String) -> String { "\(api)\(prefix)\(path)" }
}

extension ConfigReader {
    /// `API_URL`: where clients find the API. Unless it is said, where the API listens on this machine.
    package mutating func apiAddress() -> String {
        var (host, port) = ("127.0.0.1", read("PORT", .int(in: 0...65535), default: 8080))
        if case .tcp(let name, let number)? = readIfSet("LISTEN", .endpoint) {
            port = Int(number)
            if !["", "0.0.0.0", "::", "*"].contains(name) { host = name.contains(":") ? "[\(name)]" : name }
        }
        return read("API_URL", .webAddress, default: "http://\(host):\(port)")
    }
}

extension Setting where Value == String {
    /// Of `http` or `https`, without a query.
    package static let webAddress = Setting(example: "https://chat.example.org", placeholder: "http://localhost") {
        text throws(ConfigMistake) in
        guard let url = URL(text), ["http", "https"].contains(url.scheme), !url.host.isEmpty else {
            throw ConfigMistake("does not begin with http:// or https:// and a host")
        }
        guard url.query.isEmpty, url.fragment == nil else { throw ConfigMistake("has more than a path") }
        return text
    }
}
