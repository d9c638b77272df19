import Runtime

/// `redis://user:password@host:6379/0`, `rediss://…?ca=/path.pem`, `redis+unix://:password@/path?db=1`, `unix:/path`.
extension RedisOptions {
    public init(url text: String) throws(ConfigMistake) {
        guard let url = URL(text) else { throw ConfigMistake("is not a URL") }
        try self.init(url: url)
    }

    public init(url: URL) throws(ConfigMistake) {
        try Self.checkScheme(url)
        guard url.hosts.count < 2 else { throw ConfigMistake("names several servers; only one is supported") }
        guard let endpoint = url.redisEndpoint else { throw ConfigMistake("names no server") }
        self.init(endpoint: endpoint)
        if url.scheme == "rediss" { tls = try Self.tlsContext(url[parameter: "ca"]) }
        database = try Self.database(of: url)
        credentials = try Self.credentials(of: url)
        for parameter in url.query where !["db", "ca"].contains(parameter.name) {
            throw ConfigMistake("has the unknown parameter \(parameter.name); known are db and ca")
        }
    }

    private static func checkScheme(_ url: URL) throws(ConfigMistake) {
        switch url.scheme {
        case "redis", "rediss", "unix", "redis+unix": break
        case "redis+sentinel", "redis+cluster":
            throw ConfigMistake("is a \(url.scheme):// URL, which is not supported yet; name one server with redis://")
        default: throw ConfigMistake("does not begin with redis://, rediss://, redis+unix:// or unix:")
        }
    }

    private static func database(of url: URL) throws(ConfigMistake) -> Int {
        let ofPath = url.socketPath == nil && url.path.count > 1 ? String(url.path.dropFirst()) : nil
        guard let text = url[parameter: "db"] ?? ofPath else { return 0 }
        guard let number = Int(text), number >= 0 else { throw ConfigMistake("has a database that is not a number") }
        return number
    }

    private static func credentials(of url: URL) throws(ConfigMistake) -> RedisCredentials? {
        if let password = url.password { return RedisCredentials(user: url.user, password: password) }
        guard url.user == nil else {
            throw ConfigMistake("has a user but no password; a password alone is written as redis://:password@host")
        }
        return nil
    }

    private static func tlsContext(_ authorityFile: String?) throws(ConfigMistake) -> TLSClientContext {
        do throws(TLSError) {
            return try TLSClientContext(authorityFile: authorityFile)
        } catch {
            throw ConfigMistake("needs TLS, which cannot be set up: \(error)")
        }
    }
}

extension URL {
    /// `redis:///1` means this machine.
    fileprivate var redisEndpoint: Endpoint? {
        if let socketPath { return socketPath.isEmpty ? nil : .unix(path: socketPath) }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : host, port: port ?? 6379)
    }
}
