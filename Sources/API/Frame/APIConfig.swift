import Crypto
import HTTP
import Model
import Runtime

/// Where the API listens, who may call it from where, and how often.
package struct APIConfig: ConfigGroup {
    package let listen: Endpoint
    /// What the paths of all routes begin with; empty or with a slash first.
    package let prefix: String
    /// Where clients find the API, without a slash at the end.
    package let address: String
    package let server: HTTPServerOptions
    private let limits: RateLimits
    private let origins: AllowedOrigins
    private let admins: [AddressRange]

    package init(from reader: inout ConfigReader) {
        let port = reader.read("PORT", .int(in: 0...65535), default: 8080)
        // With the secrets of development nobody else may come in.
        let host = reader.isProduction ? "0.0.0.0" : "127.0.0.1"
        listen = reader.readIfSet("LISTEN", .endpoint) ?? .tcp(host: host, port: UInt16(port))
        prefix = reader.read("API_PREFIX", .pathPrefix, default: "/api/v1")
        address = reader.apiAddress()
        limits = Self.limits(&reader)
        origins = AllowedOrigins(reader.readIfSet("CORS_ORIGIN", .list(of: .origin)) ?? [])
        admins = reader.read("ADMIN_ALLOWED_IPS", .list(of: .addressRange), default: AddressRange.loopback)
        server = HTTPServerOptions(from: &reader)
    }

    /// The pages that may open a WebSocket: those that may call the API, its own, and those of `app`.
    package func pages(besides app: String) -> AllowedOrigins { origins.adding(pagesOf: [address, app]) }

    /// Who may come to the dashboard, and how its pages show that they are ours.
    package func door(_ keys: [SecretBytes]) -> BrowserDoor { BrowserDoor(keys, address: address) }
    package var adminGuard: AdminGuard { AdminGuard(admins) }

    /// `isStrict`: what is not declared becomes an error, as tests want it.
    package func options(cursorKeys: [CursorKey], door: BrowserDoor, isStrict: Bool) -> FrameOptions {
        var options = FrameOptions(cursorKeys: cursorKeys)
        options.door = door
        options.limits = limits
        options.origins = origins
        options.adminGuard = adminGuard
        options.isHTTPS = address.hasPrefix("https://")
        options.isStrict = isStrict
        options.bodyLimit = server.bodyBytes
        return options
    }

    /// `RATE_LIMIT_*` wins over `THROTTLE_*`, whose time is in seconds.
    private static func limits(_ reader: inout ConfigReader) -> RateLimits {
        let span = Duration.milliseconds(1) ... .days(1)
        let seconds = reader.read("THROTTLE_TTL", .duration(unit: .seconds, in: span), default: .seconds(60))
        let throttle = reader.read("THROTTLE_LIMIT", .int(in: 0...1_000_000), default: 600)
        return RateLimits(
            requests: reader.read("RATE_LIMIT_MAX_REQUESTS", .int(in: 0...1_000_000), default: throttle),
            window: reader.read("RATE_LIMIT_WINDOW_MS", .duration(unit: .milliseconds, in: span), default: seconds))
    }
}

extension Setting where Value == AddressRange {
    /// `10.0.0.0/8`, or one address.
    package static let addressRange = Setting(
        example: "10.0.0.0/8", placeholder: AddressRange.loopback[0]
    ) { text throws(ConfigMistake) in
        guard let range = AddressRange(text) else { throw ConfigMistake("is neither an address nor a range of them") }
        return range
    }
}

extension Setting where Value == String {
    /// `https://app.example.org`, or `*`.
    fileprivate static let origin = Setting(
        example: "https://app.example.org", placeholder: "*"
    ) { text throws(ConfigMistake) in
        if text == "*" { return text }
        guard let url = URL(text), ["http", "https"].contains(url.scheme), url.path.isEmpty, url.query.isEmpty else {
            throw ConfigMistake("is not an origin: a scheme, a host, perhaps a port, and nothing behind it")
        }
        return text
    }

    /// `/api/v1`; empty for none.
    fileprivate static let pathPrefix = Setting(example: "/api/v1", placeholder: "") { text throws(ConfigMistake) in
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard trimmed.isEmpty || trimmed.hasPrefix("/") && !trimmed.contains("{") else {
            throw ConfigMistake("does not begin with a slash")
        }
        return trimmed
    }
}
