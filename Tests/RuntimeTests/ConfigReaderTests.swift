import Foundation
@testable import Runtime
import Testing

@Suite struct ConfigReaderTests {
    @Test func `five mistakes are five complaints`() throws {
        var reader = ConfigReader([
            "PORT": "99999", "JWT_EXPIRATION": "soon", "LOG_LEVEL": "loud", "MAX_FILE_SIZE": "25 parsecs",
        ])
        _ = reader.read("PORT", .int(in: 1...65535), default: 8080)
        _ = reader.read("JWT_EXPIRATION", .duration(), default: .minutes(15))
        _ = reader.read("LOG_LEVEL", .logLevel, default: .info)
        _ = reader.read("MAX_FILE_SIZE", .bytes(), default: 25 << 20)
        _ = reader.require("DATABASE_URL", .url("postgres", "postgresql"), example: "postgres://me@localhost/yard")
        let error = #expect(throws: ConfigError.self) { try reader.finish() }
        let lines = error?.description.split(separator: "\n").map(String.init) ?? []
        #expect(
            lines == [
                #"PORT: "99999" is not from 1 to 65535 (example: PORT=8080)"#,
                #"JWT_EXPIRATION: "soon" is not a length of time (example: JWT_EXPIRATION=15m)"#,
                #"LOG_LEVEL: "loud" is not one of debug, info, warning, error (example: LOG_LEVEL=info)"#,
                #"MAX_FILE_SIZE: "25 parsecs" is not a number of bytes (example: MAX_FILE_SIZE=26214400)"#,
                "DATABASE_URL: is not set (example: DATABASE_URL=postgres://me@localhost/yard)",
            ])
    }

    @Test func `a good environment has no complaint`() throws {
        var reader = ConfigReader(["PORT": "80", "FLAG": "on", "EMPTY": ""])
        #expect(reader.read("PORT", .int(in: 1...65535), default: 8080) == 80)
        #expect(reader.read("FLAG", .bool, default: false) == true)
        #expect(reader.read("EMPTY", .text, default: "as if not set") == "as if not set")
        #expect(reader.readIfSet("SENTRY_DSN", .url()) == nil)
        try reader.finish()
    }

    @Test func `an older name counts when the present one is not set`() {
        var reader = ConfigReader(["NODE_ENV": "production", "JWT_EXPIRY": "1h", "NEW": "2", "OLD": "3"])
        #expect(reader.read("JWT_EXPIRATION", or: ["JWT_EXPIRY"], .duration(), default: .zero) == .hours(1))
        #expect(reader.read("NEW", or: ["OLD"], .int(), default: 1) == 2)
        #expect(reader.isProduction)
    }

    @Test func `a mistake under an older name is reported under it`() {
        var reader = ConfigReader(["OLD": "x"])
        _ = reader.read("NEW", or: ["OLD"], .int(), default: 1)
        #expect(reader.complaints.map(\.name) == ["OLD"])
    }

    @Test func `a refused variable says why`() {
        var reader = ConfigReader(["FCM_SERVER_KEY": "k"])
        reader.refuse("FCM_SERVER_KEY", because: "is of an interface that is gone: set FCM_SERVICE_ACCOUNT")
        reader.refuse("NOT_THERE", because: "is never said")
        #expect(reader.complaints.count == 1)
    }

    // MARK: Secrets

    @Test func `development may leave a secret out and production may not`() {
        var development = ConfigReader([:])
        #expect(development.secret("JWT_SECRET", inDevelopment: "known").exposed == "known")
        #expect(development.complaints.isEmpty)
        var production = ConfigReader(["APP_ENV": "production"])
        _ = production.secret("JWT_SECRET", inDevelopment: "known")
        #expect(production.complaints.map(\.problem) == ["is not set"])
        var copied = ConfigReader(["APP_ENV": "production", "JWT_SECRET": "known"])
        _ = copied.secret("JWT_SECRET", inDevelopment: "known")
        #expect(copied.complaints.count == 1)
    }

    @Test func `no secret is ever printed`() {
        var reader = ConfigReader([
            "KEY": "hush-1", "SHORT": "hush-2", "STORE": "redis://u:hush-3@h/1?password=hush-4", "BAD": "hush 5",
        ])
        let key = reader.require("KEY", .secret())
        _ = reader.require("SHORT", .secret(atLeast: 32))
        let store = reader.require("STORE", .url("redis"))
        _ = reader.require("BAD", .url())
        var printed = "\(reader.records) \(reader.complaints) \(key) \(store)"
        dump(key, to: &printed)
        dump(store, to: &printed)
        debugPrint(key, store, to: &printed)
        #expect(!printed.contains("hush"))
        #expect(printed.contains("has 6 characters; 32 are needed"))
    }

    @Test func `a secret may be mounted as a file`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(Runtime.UUID.v7())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "s3cret\n".write(toFile: path, atomically: true, encoding: .utf8)
        var reader = ConfigReader(["JWT_SECRET_FILE": path, "GONE_FILE": "/no/such/file", "A": "1", "A_FILE": path])
        #expect(reader.require("JWT_SECRET", .secret()).exposed == "s3cret")
        #expect(reader.records == [.init(name: "JWT_SECRET", value: "•••", origin: .file(path))])
        _ = reader.require("GONE", .secret())
        _ = reader.require("A", .text)
        #expect(reader.complaints.map(\.name) == ["GONE_FILE", "A"])
        #expect(reader.complaints[0].problem.contains("No such file"))
    }

    // MARK: Where values come from

    @Test func `the environment wins over the file and both over the default`() {
        let environment = ConfigEnvironment(["A": "1"], dotEnv: "A=2\nB=3")
        var reader = ConfigReader(environment)
        #expect(reader.read("A", .int(), default: 9) == 1)
        #expect(reader.read("B", .int(), default: 9) == 3)
        #expect(reader.read("C", .int(), default: 9) == 9)
        _ = reader.readIfSet("D", .int())
        #expect(reader.records.map(\.origin.description) == ["environment", ".env line 2", "default", "not set"])
    }

    @Test func `production does not read the file`() {
        var reader = ConfigReader(ConfigEnvironment(["APP_ENV": "production"], dotEnv: "A=2\n!!"))
        #expect(reader.readIfSet("A", .int()) == nil)
        #expect(reader.complaints.isEmpty)
    }

    @Test func `what every process reads has sensible defaults`() throws {
        var reader = ConfigReader(["METRICS_LISTEN": ":9090", "GRACE_PERIOD": "10", "LOG_FORMAT": "json"])
        let config = try reader.load(ProcessConfig.self)
        #expect(config.metricsListen == .tcp(host: "0.0.0.0", port: 9090))
        #expect(config.gracePeriod == .seconds(10))
        #expect(config.logFormat == .json)
        #expect(config.loops >= 1)
        #expect(config.environment == .development)
    }

    @Test func `the process's own environment is seen`() {
        var reader = ConfigReader(.ofProcess())
        #expect(reader.readIfSet("PATH", .text) == ProcessInfo.processInfo.environment["PATH"])
    }
}

@Suite struct SettingTests {
    static let spans: [(String, Duration?)] = [
        ("15m", .minutes(15)), ("7d", .days(7)), ("1500ms", .milliseconds(1500)), ("1h30m", .minutes(90)),
        ("0.5s", .milliseconds(500)), ("250us", .microseconds(250)), ("2w", .days(14)), ("20", .seconds(20)),
        ("0", .zero), ("-5s", nil), ("5x", nil), ("s", nil), ("", nil), (".5s", nil), ("1h30", nil),
        ("99999999999999999999d", nil), ("40000d", nil), ("1e3s", nil),
    ]

    @Test(arguments: spans) func `a length of time is read`(text: String, expected: Duration?) {
        // An empty variable counts as not set, so the empty text stands behind a space.
        var reader = ConfigReader(["T": text.isEmpty ? " " : text])
        let value = reader.require("T", .duration())
        #expect(reader.complaints.isEmpty == (expected != nil))
        if let expected { #expect(value == expected) }
    }

    @Test func `a number alone counts in the unit of its setting`() {
        var reader = ConfigReader(["T": "1500"])
        #expect(reader.require("T", .duration(unit: .milliseconds)) == .milliseconds(1500))
        #expect(reader.records.map(\.value) == ["1500ms"])
    }

    static let sizes: [(String, Int?)] = [
        ("25MB", 25 << 20), ("64k", 65536), ("1048576", 1 << 20), ("1.5 GiB", 3 << 29), ("0", 0), ("MB", nil),
        ("12 apples", nil), ("1MB2MB", nil), ("999999999TB", nil), ("-1", nil),
    ]

    @Test(arguments: sizes) func `a number of bytes is read`(text: String, expected: Int?) {
        var reader = ConfigReader(["S": text])
        let value = reader.require("S", .bytes())
        #expect(reader.complaints.isEmpty == (expected != nil))
        if let expected { #expect(value == expected) }
    }

    static let endpoints: [(String, Endpoint?)] = [
        ("127.0.0.1:9090", .tcp(host: "127.0.0.1", port: 9090)), ("[::1]:80", .tcp(host: "::1", port: 80)),
        ("8080", .tcp(host: "0.0.0.0", port: 8080)), (":8080", .tcp(host: "0.0.0.0", port: 8080)),
        ("/run/api.sock", .unix(path: "/run/api.sock")), ("unix:/run/api.sock", .unix(path: "/run/api.sock")),
        ("localhost", nil), ("h:0", nil), ("h:70000", nil), ("a:1,b:2", nil), ("h:1/x", nil), ("u@h:1", nil),
    ]

    @Test(arguments: endpoints) func `an address to listen on is read`(text: String, expected: Endpoint?) {
        var reader = ConfigReader(["L": text])
        let value = reader.require("L", .endpoint)
        #expect(reader.complaints.isEmpty == (expected != nil))
        if let expected { #expect(value == expected) }
    }

    @Test func `lists leave out what is empty and check each value`() {
        var reader = ConfigReader(["Q": "push, email ,,media", "N": "1,two,3"])
        #expect(reader.require("Q", .list(of: .text)) == ["push", "email", "media"])
        _ = reader.require("N", .list(of: .int()))
        #expect(reader.complaints.map(\.problem) == [#""1,two,3" is not a whole number"#])
    }

    @Test(arguments: ["yes", "TRUE", "1", "on"]) func `true has several forms`(text: String) {
        var reader = ConfigReader(["B": text])
        #expect(reader.require("B", .bool) == true)
    }
}
