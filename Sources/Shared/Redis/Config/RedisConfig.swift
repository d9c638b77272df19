import Runtime

/// The `REDIS_…` variables.
public struct RedisConfig: ConfigGroup {
    public let options: RedisOptions
    /// A bound on the connections of this process, those of blocking commands and subscriptions included.
    public let connections: Int
    /// What every key begins with.
    public let prefix: String

    public init(from reader: inout ConfigReader) {
        var options = Self.readOptions(&reader)
        connections = reader.read("REDIS_MAX_CONNECTIONS", .int(in: 1...10_000), default: 64)
        options.budget = ConnectionBudget(limit: connections)
        self.options = options
        prefix = reader.read("REDIS_PREFIX", .text, default: "sw:")
    }

    private static func readOptions(_ reader: inout ConfigReader) -> RedisOptions {
        let host = reader.readIfSet("REDIS_HOST", .text)
        let port = reader.readIfSet("REDIS_PORT", .int(in: 1...65535))
        let password = reader.readIfSet("REDIS_PASSWORD", .secret())
        let url = reader.readIfSet("REDIS_URL", .redisOptions)
        if var options = url {
            // A password apart from the URL is how secrets are mounted.
            if options.credentials == nil, let password { options.credentials = RedisCredentials(password: password) }
            return options
        }
        guard let host else { return reader.require("REDIS_URL", .redisOptions) }
        var options = RedisOptions(endpoint: .tcp(host: host, port: UInt16(port ?? 6379)))
        options.credentials = password.map { RedisCredentials(password: $0) }
        return options
    }
}

extension Setting where Value == RedisOptions {
    /// Not quoted when wrong: it may hold a password.
    static let redisOptions = Setting(
        example: "redis://127.0.0.1:6379/0", placeholder: RedisOptions(endpoint: .unix(path: "")), isSecret: true
    ) { text throws(ConfigMistake) in try RedisOptions(url: text) }
}
