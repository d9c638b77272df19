import COpenSSL
import Redis
import Runtime
import TestSupport
import Testing

@Suite struct RedisConnectionTests {
    @Test func `a blocking command ends with its element, or with nothing after its time`() async throws {
        let redis = try Loops.client()
        let key = try TestStores.current.redisPrefix + "list"
        let connection = try await RedisConnection.connect(try Loops.options(), on: Loops.group.next())
        let nothing = try await connection.block(for: .milliseconds(50)) { writer in
            writer.command("BLPOP")
            writer.append(key)
            writer.append(0.05)
        }
        #expect(nothing.isNull)
        let popped = Task { try await connection.block(for: .seconds(10)) { Self.pop(key, &$0) } }
        try await redis.call("RPUSH", key, "element")
        #expect(try await popped.value.array?[1].string == "element")
    }

    @Test func `a cancelled blocking command takes its connection along, so that no element is lost`() async throws {
        // One of its own, or others' blocked clients would be taken for this one.
        let server = try await RedisServer()
        let redis = try Loops.client(server.url)
        let key = "list"
        let ended = Shared<RedisError?>(nil)
        let connection = try await RedisConnection.connect(try Loops.options(server.url), on: Loops.group.next()) {
            error, _ in
            ended.change { $0 = error }
        }
        let popped = Task { try await connection.block(for: .seconds(10)) { Self.pop(key, &$0) } }
        try await eventually("a blocked client") { try await redis.call("INFO", "clients").string?.blocked ?? 0 > 0 }
        popped.cancel()
        await #expect(throws: CancellationError.self) { try await popped.value }
        try await eventually("the end") { ended.value == .closed }
        try await eventually("nobody to take the element") {
            try await redis.call("RPUSH", key, "element")
            return try await redis.call("LPOP", key).string == "element"
        }
    }

    @Test func `a blocking command on a frozen server fails after its time and the margin`() async throws {
        let server = try await RedisServer()
        let connection = try await RedisConnection.connect(try Loops.options(server.url), on: Loops.group.next())
        server.freeze()
        let start = ContinuousClock.now
        await #expect(throws: RedisError.self) {
            try await connection.block(for: .milliseconds(200), margin: .milliseconds(100)) { Self.pop("list", &$0) }
        }
        #expect(ContinuousClock.now - start > .milliseconds(290))
    }

    @Test func `every disconnect is heard, after the callers, and the connection stays lost`() async throws {
        let server = try await RedisServer()
        let ended = Shared<[RedisError]>([])
        let connection = try await RedisConnection.connect(try Loops.options(server.url), on: Loops.group.next()) {
            error, _ in
            ended.change { $0.append(error) }
        }
        server.freeze()
        let calls = (0..<10).map { _ in Task { try await connection.call("PING") } }
        try await eventually("calls under way") {
            await Self.outstanding(connection, on: connection.loop.domain) == 10
        }
        try await server.kill()
        for call in calls {
            let error = await #expect(throws: RedisError.self) { try await call.value }
            #expect(error?.maybeExecuted == true)
        }
        try await eventually("the end") { ended.value.count == 1 }
        try await server.start()
        let error = await #expect(throws: RedisError.self) { try await connection.call("PING") }
        #expect(error?.maybeExecuted == false)
        #expect(ended.value.count == 1)
    }

    @Test func `answers reach their handlers in the order of the commands`() async throws {
        let connection = try await RedisConnection.connect(try Loops.options(), on: Loops.group.next())
        let seen = Shared<[Int]>([])
        await Self.sendMany(on: connection, seen, connection.loop.domain)
        try await eventually("all answers") { seen.value.count == 1000 }
        #expect(seen.value == Array(0..<1000))
    }

    @Test func `a watched key that changed makes the transaction answer nothing`() async throws {
        let redis = try Loops.client()
        let key = try TestStores.current.redisPrefix + "watched"
        let connection = try await RedisConnection.connect(try Loops.options(), on: Loops.group.next())
        try await connection.call("WATCH", key)
        try await redis.call("SET", key, 1)
        await #expect(throws: RedisError.unexpectedReply(wanted: "an array", got: "null")) {
            try await connection.transaction { writer in
                writer.command("INCR")
                writer.append(key)
            }
        }
        try await redis.call("DEL", key)
    }

    private static func pop(_ key: String, _ writer: inout CommandWriter) {
        writer.command("BLPOP")
        writer.append(key)
        writer.append(0)
    }

    private static func outstanding(_ connection: RedisConnection, on domain: isolated LoopDomain) async -> Int {
        connection.outstanding(on: domain)
    }

    private static func sendMany(
        on connection: RedisConnection, _ seen: Shared<[Int]>, _ domain: isolated LoopDomain
    ) async {
        for number in 0..<1000 {
            connection.send(on: domain) { writer in
                writer.command("ECHO")
                writer.append(number)
            } then: { answer in
                seen.change { $0.append((try? answer.get().int) ?? -1) }
            }
        }
    }
}

extension String {
    fileprivate var blocked: Int? {
        split(whereSeparator: \.isNewline).first { $0.hasPrefix("blocked_clients:") }
            .flatMap { Int($0.dropFirst("blocked_clients:".count)) }
    }
}

@Suite struct RedisAccessTests {
    @Test func `a wrong password is told at once, a right one lets in`() async throws {
        let server = try await RedisServer(["--requirepass", "s3cret"])
        let right = try Loops.client("redis://:s3cret@127.0.0.1:\(server.port)/2")
        try await right.call("SET", "key", "value")
        for wrong in ["redis://:nope@127.0.0.1:\(server.port)", server.url] {
            let start = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) {
                try await Loops.client(wrong).ping(within: .minutes(2))
            }
            #expect(["WRONGPASS", "NOAUTH"].contains(error?.code))
            #expect(!"\(try #require(error))".contains("nope"))
            #expect(ContinuousClock.now - start < .minutes(1))
        }
    }

    @Test func `a user with few rights`() async throws {
        let server = try await RedisServer(["--user", "ann", "on", ">pw", "~a:*", "+set", "+get"])
        let ann = try Loops.client("redis://ann:pw@127.0.0.1:\(server.port)")
        try await ann.call("SET", "a:1", "x")
        let error = await #expect(throws: RedisError.self) { try await ann.call("SET", "b:1", "x") }
        #expect(error?.code == "NOPERM")
    }

    @Test func `a database that is not there is told at once`() async throws {
        let server = try await RedisServer(["--databases", "2"])
        let error = await #expect(throws: RedisError.self) {
            try await Loops.client("redis://127.0.0.1:\(server.port)/7").ping()
        }
        #expect(error?.code == "ERR")
    }

    @Test func `TLS with an authority of one's own, and a refusal without it`() async throws {
        let server = try await EncryptedServer()
        let redis = try Loops.client(server.url)
        let large = [UInt8](repeating: 3, count: 3 << 20)
        try await redis.call("SET", "large", large)
        #expect(try await redis.call("GET", "large").bytes?.toArray() == large)
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let answer = try await redis.call("ECHO", number)
                    #expect(answer.int == number)
                }
            }
            try await group.waitForAll()
        }
        let stranger = try Loops.client("rediss://127.0.0.1:\(server.port)") { $0.callLimit = .seconds(2) }
        let error = await #expect(throws: RedisError.self) { try await stranger.ping() }
        #expect("\(try #require(error))".contains("certificate"))
    }

    @Test func `errors that others left in OpenSSL's queue do not end a TLS connection`() async throws {
        let server = try await EncryptedServer()
        let loop = Loops.one.loops[0]
        let connection = try await RedisConnection.connect(try Loops.options(server.url), on: loop)
        let large = [UInt8](repeating: 3, count: 8 << 20)
        try await connection.call("SET", "large", large)
        loop.execute { _ in _ = EVP_MD_fetch(nil, "no such hash", nil) }
        // Comes in pieces: the session says again and again that it has to wait, which must not look like that error.
        #expect(try await connection.call("GET", "large").bytes?.toArray() == large)
    }
}

/// A Redis that also speaks TLS, under an authority of its own.
private struct EncryptedServer {
    let server: RedisServer
    let certificates: Certificates
    let port: UInt16

    init() async throws {
        certificates = try await Certificates()
        port = try FreePort.next()
        server = try await RedisServer([
            "--tls-port", "\(port)", "--tls-cert-file", certificates.certificate, "--tls-key-file", certificates.key,
            "--tls-ca-cert-file", certificates.authority, "--tls-auth-clients", "no",
        ])
    }

    var url: String { "rediss://127.0.0.1:\(port)/0?ca=\(certificates.authority)" }
}

/// An authority made for a test, and a certificate of it for 127.0.0.1.
private final class Certificates: Sendable {
    private let folder: ScratchFolder
    var authority: String { folder.file("ca.pem") }
    var certificate: String { folder.file("redis.pem") }
    var key: String { folder.file("redis.key") }

    init() async throws {
        folder = try ScratchFolder("certificates")
        let elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        try await TestProcess.run(
            "openssl",
            ["req", "-x509", "-subj", "/CN=test authority", "-keyout", folder.file("ca.key"), "-out", authority]
                + elliptic)
        try await TestProcess.run(
            "openssl",
            [
                "req", "-x509", "-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1", "-CA", authority,
                "-CAkey", folder.file("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key,
                "-out", certificate,
            ] + elliptic)
    }
}

@Suite struct ConnectionBudgetTests {
    @Test func `no more connections than the budget has, and closed ones count no longer`() async throws {
        var options = try RedisOptions(url: TestStores.current.redisURL)
        let budget = ConnectionBudget(limit: 2)
        options.budget = budget
        let loop = EventLoop()
        let first = try await RedisConnection.connect(options, on: loop)
        let second = try await RedisConnection.connect(options, on: loop)
        let refusal = await #expect(throws: RedisError.self) { try await RedisConnection.connect(options, on: loop) }
        #expect("\(String(describing: refusal))".contains("REDIS_MAX_CONNECTIONS"))
        first.close()
        try await eventually { budget.open == 1 }
        let third = try await RedisConnection.connect(options, on: loop)
        #expect(budget.open == 2)
        second.close()
        third.close()
        try await eventually { budget.open == 0 }
    }
}
