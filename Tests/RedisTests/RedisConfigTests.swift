import Runtime
import Testing

@testable import Redis

@Suite struct RedisConfigTests {
    @Test func `a URL names server, user, password and database`() throws {
        let options = try RedisOptions(url: "redis://ann:p%40ss%2Fw%3Ard@db.example.org:6380/3")
        #expect(options.endpoint == .tcp(host: "db.example.org", port: 6380))
        #expect(options.credentials == RedisCredentials(user: "ann", password: Secret("p@ss/w:rd")))
        #expect(options.database == 3)
        #expect(options.tls == nil)
    }

    @Test(arguments: [
        ("redis://", Endpoint.tcp(host: "127.0.0.1", port: 6379), 0),
        ("redis://[::1]", .tcp(host: "::1", port: 6379), 0),
        ("redis://host?db=2", .tcp(host: "host", port: 6379), 2),
        ("rediss://host:1", .tcp(host: "host", port: 1), 0),
        ("unix:/run/redis.sock", .unix(path: "/run/redis.sock"), 0),
        ("unix:///run/redis.sock?db=4", .unix(path: "/run/redis.sock"), 4),
        ("redis+unix://:pw@/run/my%20redis.sock?db=1", .unix(path: "/run/my redis.sock"), 1),
    ])
    func `forms of URLs`(url: String, endpoint: Endpoint, database: Int) throws {
        let options = try RedisOptions(url: url)
        #expect(options.endpoint == endpoint)
        #expect(options.database == database)
        #expect((options.tls != nil) == url.hasPrefix("rediss"))
        #expect((options.credentials != nil) == url.contains("@"))
    }

    @Test(arguments: [
        "http://host", "redis+sentinel://a,b/0", "redis+cluster://a", "redis://a,b", "redis://host/x", "redis://u@host",
        "redis://host:99999", "rediss://host?ca=/no/such/file", "redis://host?timeout=3", "nothing",
    ])
    func `a URL that cannot be used is refused`(url: String) {
        #expect(throws: ConfigMistake.self) { try RedisOptions(url: url) }
    }

    @Test func `nothing that is printed holds the password`() throws {
        let options = try RedisOptions(url: "redis://:hunter2@host")
        var dumped = ""
        dump(options, to: &dumped)
        #expect(!"\(options) \(String(reflecting: options)) \(dumped)".contains("hunter2"))
        var reader = ConfigReader(["REDIS_URL": "redis://:hunter2@host/wrong"])
        _ = RedisConfig(from: &reader)
        #expect(reader.complaints.count == 1)
        #expect(!"\(reader.complaints) \(reader.records)".contains("hunter2"))
    }

    @Test func `the older names of the variables are understood`() throws {
        var reader = ConfigReader(["REDIS_HOST": "cache", "REDIS_PORT": "7000", "REDIS_PASSWORD": "pw"])
        let config = try reader.load(RedisConfig.self)
        #expect(config.options.endpoint == .tcp(host: "cache", port: 7000))
        #expect(config.options.credentials?.password.exposed == "pw")
        #expect(config.prefix == "sw:")
    }

    @Test func `a URL given twice is one mistake`() {
        var reader = ConfigReader(["REDIS_URL": "redis://a", "REDIS_URL_FILE": "/b"])
        _ = RedisConfig(from: &reader)
        #expect(reader.complaints.map(\.name) == ["REDIS_URL"])
    }

    @Test func `without a server there is no start`() {
        var reader = ConfigReader([:])
        #expect(throws: ConfigError.self) { try reader.load(RedisConfig.self) }
    }
}

@Suite struct RedisScriptTests {
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
    func `the digest is SHA-1`(source: String, digest: String) {
        #expect(RedisScript(source).digest == digest)
    }
}

@Suite struct BackoffTests {
    @Test func `the wait doubles up to its bound and is spread over its upper half`() {
        var low = Backoff(first: .milliseconds(10), longest: .milliseconds(1500))
        var high = low
        let shortest = (0..<12).map { _ in low.next(random: 0) }
        let longest = (0..<12).map { _ in high.next(random: 1) }
        #expect(longest.prefix(4) == [.milliseconds(10), .milliseconds(20), .milliseconds(40), .milliseconds(80)])
        #expect(longest.last == .milliseconds(1500))
        #expect(shortest.last == .milliseconds(750))
        low.reset()
        #expect(low.next(random: 1) == .milliseconds(10))
    }
}
