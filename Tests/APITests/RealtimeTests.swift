import APIFrame
import HTTP
import Model
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@testable import APIRoutes

/// Who is let in at the door for WebSockets, and when they are shown out, as an independent client sees it.
@Suite(.ownStores)
struct RealtimeTests {
    private let person = Person()

    @Test func `messages are answered under their ids, and what is wrong with them is said`() async throws {
        try await withDoor { door in
            // Each is answered when it is done.
            let said = try await door.client("talk", person.token())
            #expect(
                said.sorted() == [
                    "None error malformed_body 400", "None error validation_failed 422", "c1 ok  ",
                    "c2 error validation_failed 422", "switchyard.v1",
                ])
        }
    }

    @Test func `a ticket opens one WebSocket, once`() async throws {
        try await withDoor { door in
            try await door.expect("tickets", person.token(), ["101 401 401"])
        }
    }

    @Test func `nobody comes in without a token, nor with one in the query`() async throws {
        try await withDoor { door in
            try await door.expect("strangers", person.token(), ["401 401 400"])
        }
    }

    @Test func `a handshake that is refused, and what is no request, are told as problems`() async throws {
        try await withDoor { door in
            try await door.expect(
                "refusals", person.token(),
                [
                    "426 application/problem+json upgrade_required websocket",
                    "400 application/problem+json bad_request None", "400 application/problem+json bad_request None",
                    "505 application/problem+json http_version_not_supported",
                ])
        }
    }

    @Test func `a page of another origin opens no socket, whatever it was given`() async throws {
        try await withDoor { door in
            try await door.expect("pages", person.token(), ["101", "403", "403", "403"])
        }
    }

    @Test(arguments: [
        ("https://app.example.org/chat/", "https://app.example.org"),
        ("HTTPS://App.Example.Org:443", "https://app.example.org"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"), ("http://[::1]:8080/x", "http://[::1]:8080"),
    ]) func `the origin of an address is what a browser calls it`(address: String, origin: String) {
        #expect(AllowedOrigins.none.adding(pagesOf: [address]) == .list([origin]))
        #expect(AllowedOrigins.any.adding(pagesOf: [address]) == .any)
    }

    @Test func `a socket ends with its access token`() async throws {
        try await withDoor { door in
            try await door.expect("stay", person.token(for: .seconds(2)), ["4401"])
        }
    }

    @Test func `a socket ends with its session`() async throws {
        try await withDoor { door in
            async let code = door.client("stay", person.token())
            try await door.untilOpen()
            door.tokens.revoke(person.session)
            let end = try await code
            #expect(end == ["4401"])
            try await eventually("nobody is counted any more") { door.connections == 0 }
        }
    }

    @Test func `sockets are told when the server restarts`() async throws {
        try await withDoor { door in
            async let code = door.client("stay", person.token())
            try await door.untilOpen()
            await door.routes.endpoint.stop()
            let end = try await code
            #expect(end == ["1012"])
        }
    }

    @Test func `who sends too much or what nobody speaks is shown out`() async throws {
        try await withDoor { door in
            try await door.expect("flood", person.token(), ["4429"])
            try await door.expect("misbehave", person.token(), ["1003", "1009"])
        }
    }

    @Test func `the limit can be switched off`() {
        var allowance = MessageAllowance(perSecond: 0)
        var taken = 0
        for _ in 0..<10_000 where allowance.take(at: MonotonicTime(nanoseconds: 1)) { taken += 1 }
        #expect(taken == 10_000)
    }

    private func withDoor(_ body: (Door) async throws -> Void) async throws {
        let door = try await Door()
        do { try await body(door) } catch {
            await door.close()
            throw error
        }
        await door.close()
    }
}

/// A server with nothing but the door.
private struct Door: Sendable {
    let tokens = TestTokens()
    let routes: RealtimeRoutes
    private let metrics = MetricsRegistry()
    private let server: HTTPServer

    init() async throws {
        let stores = try TestStores.current
        let redis = RedisClient(try RedisOptions(url: stores.redisURL), on: Loops.group)
        var options = RealtimeOptions()
        options.origins = .list(["https://app.example.org"])
        let database = Database(
            DatabaseConfig(url: stores.databaseURL), loops: Loops.group, threads: Loops.threads)
        let queue = QueueClient(redis: redis, loops: Loops.group, prefix: stores.redisPrefix)
        let durable = DurableQueue(
            database: database, client: queue, loops: Loops.group, name: "test", logger: .silent)
        let parts = RealtimeParts(
            sending: Sending(
                Conversations(durable: durable), writer: MessageWriter(durable: durable, loops: Loops.group)),
            receipts: ReceiptWriter(database: database, queue: queue, loops: Loops.group, log: .silent),
            queue: queue, presence: PresenceBook(redis: redis, prefix: stores.redisPrefix))
        routes = RealtimeRoutes(
            options, parts, tickets: RealtimeTickets(redis: redis, prefix: stores.redisPrefix), tokens: tokens,
            loops: Loops.group, metrics: metrics, log: .silent)
        let api = try TestAPI(routes.tables(under: ""), tokens: tokens)
        server = HTTPServer(
            on: .tcp(host: "127.0.0.1", port: 0), loops: Loops.group, metrics: MetricsRegistry(),
            log: Logger(level: .error, sink: Events()), handler: api.frame)
        try await server.start()
    }

    func close() async {
        await routes.endpoint.stop()
        await server.stop()
    }

    var connections: Double { metrics.gauge("websocket_connections_active", "").value }

    func untilOpen() async throws { try await eventually("the socket is open") { connections == 1 } }

    func expect(_ name: String, _ token: String, _ lines: [String]) async throws {
        let printed = try await client(name, token)
        #expect(printed == lines)
    }

    /// The lines that the client prints.
    func client(_ name: String, _ token: String) async throws -> [String] {
        let script = Repository.root + "/Tests/APITests/Peers/realtime_peer.py"
        let port = server.address?.port ?? 0
        return try await TestProcess.run("/usr/bin/python3", [script, "\(port)", name, token])
            .split(separator: "\n").map(String.init)
    }
}
