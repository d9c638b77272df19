import Runtime
import Testing

@Suite struct URLTests {
    @Test func `all parts are taken apart`() throws {
        let url = try #require(URL("Postgres://me%40x:p%3Aq@db.example:5433/yard%20one?sslmode=require&a=b%26c#frag"))
        #expect(url.scheme == "postgres")
        #expect(url.user == "me@x")
        #expect(url.password?.exposed == "p:q")
        #expect(url.host == "db.example")
        #expect(url.port == 5433)
        #expect(url.path == "/yard%20one")
        #expect(url.decodedPath == "/yard one")
        #expect(url[parameter: "sslmode"] == "require")
        #expect(url[parameter: "a"] == "b&c")
        #expect(url.fragment == "frag")
        #expect(url.endpoint(defaultPort: 5432) == .tcp(host: "db.example", port: 5433))
    }

    static let sockets: [(String, String?)] = [
        ("unix:///run/redis.sock?db=2", "/run/redis.sock"), ("unix:/run/redis.sock", "/run/redis.sock"),
        ("redis+unix:///run/a%20b.sock", "/run/a b.sock"), ("postgres://me@%2Frun%2Fpostgresql/db", "/run/postgresql"),
        ("postgres:///db?host=/run/postgresql", "/run/postgresql"), ("postgres://h/db?host=/run/x", nil),
        ("redis://localhost/0", nil),
    ]

    @Test(arguments: sockets) func `a Unix socket is found in all its forms`(text: String, path: String?) throws {
        #expect(try #require(URL(text)).socketPath == path)
    }

    @Test func `several hosts may stand between commas`() throws {
        let url = try #require(URL("redis+sentinel://:pw@s1:26379,[2001:db8::2]:26380,s3/main"))
        #expect(url.hosts.map(\.name) == ["s1", "2001:db8::2", "s3"])
        #expect(url.hosts.map(\.port) == [26379, 26380, nil])
        #expect(url.user == nil)
        #expect(url.description == "redis+sentinel://:•••@s1:26379,[2001:db8::2]:26380,s3/main")
    }

    @Test(arguments: [
        "", "nothing", "://h", "1a://h", "http://h:0", "http://h:65536", "http://h:x", "http://[::1", "http://a b/",
        "http://h/%zz", "http://u%4@h/", "http://h/%ff", "http://[::1]x/", "a:b", "http://h?q=%",
    ])
    func `what is not a URL is refused`(text: String) {
        #expect(URL(text) == nil)
    }

    @Test func `neither password nor token is printed`() throws {
        let url = try #require(URL("redis://user:hush@h:1/0?sentinel_password=hush&access_token=hush&x=1"))
        #expect(url.description == "redis://user:•••@h:1/0?sentinel_password=•••&access_token=•••&x=1")
        #expect(url.exposed.contains("hush"))
    }
}
