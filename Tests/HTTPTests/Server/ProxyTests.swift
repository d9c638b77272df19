import HTTP
import Runtime
import TestSupport
import Testing

struct ProxyTests {
    private static let client: Handler = { request in
        Response(body: .bytes(Array("\(request.client.map { "\($0)" } ?? "nobody")".utf8)))
    }

    private func options(_ trusted: String..., header: ForwardingHeader = .xForwardedFor) -> HTTPServerOptions {
        var options = HTTPServerOptions()
        options.trustedProxies = trusted.compactMap { AddressRange($0) }
        options.forwardingHeader = header
        return options
    }

    private func ask(_ fields: String, _ options: HTTPServerOptions) async throws -> String {
        try await TestServer.run(options, Self.client) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            return try await client.answer().text
        }
    }

    @Test(arguments: [
        ("", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 192.0.2.7:1234\r\n", "192.0.2.7"), ("X-Forwarded-For: [2001:db8::1]:80\r\n", "2001:db8::1"),
        ("X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"), ("X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 203.0.113.9, 192.0.2.7, 10.1.2.3\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n", "10.0.0.1"),
        ("X-Forwarded-For: unknown, 10.0.0.2\r\n", "10.0.0.2"), ("X-Forwarded-For: unknown\r\n", "127.0.0.1"),
        ("X-Forwarded-For: a' or 1=1\r\n", "127.0.0.1"), ("Forwarded: for=192.0.2.7\r\n", "127.0.0.1"),
    ]) func `a trusted proxy says who asks`(fields: String, client: String) async throws {
        #expect(try await ask(fields, options("127.0.0.0/8", "10.0.0.0/8")) == client)
    }

    @Test(arguments: [
        ("Forwarded: for=192.0.2.43, for=198.51.100.17;proto=https;by=10.0.0.1\r\n", "198.51.100.17"),
        ("Forwarded: For=\"[2001:db8:cafe::17]:4711\"\r\n", "2001:db8:cafe::17"),
        ("Forwarded: proto=http; for=192.0.2.43\r\n", "192.0.2.43"), ("Forwarded: for=_hidden\r\n", "127.0.0.1"),
        ("X-Forwarded-For: 192.0.2.7\r\n", "127.0.0.1"),
    ]) func `the standard's own field counts where it is chosen`(fields: String, client: String) async throws {
        #expect(try await ask(fields, options("127.0.0.1", header: .forwarded)) == client)
    }

    @Test func `a stranger's word counts for nothing`() async throws {
        #expect(try await ask("X-Forwarded-For: 192.0.2.7\r\n", options("10.0.0.0/8")) == "127.0.0.1")
    }

    @Test func `a Unix socket is trusted`() async throws {
        let path = "\(Environment["SWITCHYARD_TEST_DIR"] ?? "/tmp")/\(UUID.v7()).sock"
        try await TestServer.run(on: .unix(path: path), .init(), Self.client) { server in
            for _ in 0..<4 {
                let client = try await RawClient.connect(to: server)
                await client.send(
                    "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ::1\r\n\r\n")
                #expect(try await client.answer().text == "nobody")
                #expect(try await client.answer().text == "::1")
            }
        }
    }

    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    private static let ipv4: [UInt8] = [192, 0, 2, 9, 198, 51, 100, 1, 0, 80, 1, 187]
    private static let ipv6 = [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 32)

    private static func binary(_ head: [UInt8], _ rest: [UInt8] = []) -> [UInt8] { signature + head + rest }

    private static let said: [([UInt8], String)] = [
        (Array("PROXY TCP4 192.0.2.9 198.51.100.1 56324 443\r\n".utf8), "192.0.2.9"),
        (Array("PROXY TCP6 2001:db8::9 2001:db8::1 56324 443\r\n".utf8), "2001:db8::9"),
        (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"),
        (Array("PROXY UNKNOWN ffff:: ffff:: 1 2\r\n".utf8), "127.0.0.1"),
        (binary([0x21, 0x11, 0, 12], ipv4), "192.0.2.9"),
        (binary([0x21, 0x11, 0, 15], ipv4 + [4, 0, 0]), "192.0.2.9"),
        (binary([0x21, 0x21, 0, 36], ipv6), "2001:db8::"), (binary([0x20, 0x00, 0, 0]), "127.0.0.1"),
        (binary([0x21, 0x31, 0, 216], [UInt8](repeating: 1, count: 216)), "127.0.0.1"),
    ]

    private static let malformed: [[UInt8]] = [
        Array("PROXY TCP4 192.0.2.9 198.51.100.1 56324\r\n".utf8), Array("PROXY TCP4 2001:db8::9 ::1 1 2\r\n".utf8),
        Array("PROXY TCP4 192.0.2.9 198.51.100.1 56324 443\n".utf8),
        Array("PROXY TCP5 192.0.2.9 198.51.100.1 1 2\r\n".utf8),
        Array("PROXY TCP4 192.0.2.9 198.51.100.1 99999 443\r\n".utf8),
        Array("PROXY \(String(repeating: "a", count: 200))".utf8), binary([0x31, 0x11, 0, 12], ipv4),
        binary([0x22, 0x11, 0, 12], ipv4), binary([0x21, 0x11, 0, 4], ipv4), binary([0x21, 0x11, 0xFF, 0xFF], ipv4),
    ]

    @Test(arguments: said) func `a balancer says for whom it connects, in text or in bytes`(
        header: [UInt8], client: String
    ) async throws {
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        try await TestServer.run(options("127.0.0.1"), Self.client) { server in
            let whole = try await RawClient.connect(to: server)
            await whole.send(header + request + request)
            for _ in 0..<2 { #expect(try await whole.answer().text == client) }
            let slow = try await RawClient.connect(to: server)
            for byte in header + request { await slow.send([byte]) }
            #expect(try await slow.answer().text == client)
        }
    }

    @Test(arguments: malformed) func `a malformed word of a balancer ends the connection`(header: [UInt8]) async throws
    {
        try await TestServer.run(options("127.0.0.1"), Self.client) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(header + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            #expect(try await client.answer().status == 400)
            #expect(try await client.rest() == "")
        }
    }

    @Test func `a stranger cannot speak as a balancer`() async throws {
        for header in [
            Array("PROXY TCP4 192.0.2.9 198.51.100.1 56324 443\r\n".utf8), Self.signature + [0x20, 0, 0, 0],
        ] {
            try await TestServer.run(.init(), Self.client) { server in
                let client = try await RawClient.connect(to: server)
                await client.send(header + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                #expect(try await client.answer().status >= 400)
            }
        }
    }

    @Test func `who comes through a balancer may forward only when trusted too`() async throws {
        try await TestServer.run(options("127.0.0.1", "10.0.0.0/8"), Self.client) { server in
            for (source, client) in [("10.0.0.5", "192.0.2.7"), ("203.0.113.5", "203.0.113.5")] {
                let connection = try await RawClient.connect(to: server)
                await connection.send(
                    "PROXY TCP4 \(source) 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
                )
                #expect(try await connection.answer().text == client)
            }
        }
    }
}
