import HTTP
import Runtime
import TestSupport
import Testing

struct UpgradeTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

    private static func handler(_ gate: Gate) -> Handler {
        { request in
            try await gate.pass()
            return Response(
                101, headers: ["Upgrade": request.headers["Upgrade"] ?? ""], body: .upgrade(takeOver: Echo()))
        }
    }

    @Test(arguments: [true, false])
    func `what the client sends on with its request reaches who takes over`(atOnce: Bool) async throws {
        let gate = Gate()
        if atOnce { gate.open() }
        try await TestServer.run(.init(), Self.handler(gate)) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(Self.request + "early ")
            gate.open()
            let answer = try await client.answer()
            #expect(answer.status == 101)
            #expect(answer["Connection"] == "Upgrade")
            #expect(answer["Upgrade"] == "echo")
            #expect(answer["Content-Length"] == nil)
            await client.send("late")
            try await eventually { await client.received == "early late" }
            // It is no connection of the server any more.
            #expect(server.metric("http_server_connections") == 0)
            await client.hangUp()
        }
    }

    @Test func `a connection that was upgraded still counts for its address, until it ends`() async throws {
        let gate = Gate()
        gate.open()
        var options = HTTPServerOptions()
        options.connectionsPerAddress = 1
        try await TestServer.run(options, Self.handler(gate)) { server in
            let client = try await RawClient.connect(to: server)
            await client.send(Self.request)
            #expect(try await client.answer().status == 101)
            #expect(try await RawClient.connect(to: server).rest() == "")
            await client.hangUp()
            try await eventually("the place is free") {
                let next = try await RawClient.connect(to: server)
                await next.send(Self.request)
                return (try? await next.answer().status) == 101
            }
        }
    }

    @Test func `behind a proxy each client has so many, and the proxy as many as it likes`() async throws {
        let gate = Gate()
        gate.open()
        var options = HTTPServerOptions()
        options.connectionsPerAddress = 1
        options.trustedProxies = AddressRange.loopback
        try await TestServer.run(options, Self.handler(gate)) { server in
            var clients: [RawClient] = []
            for (address, status) in [("192.0.2.1", 101), ("192.0.2.1", 429), ("192.0.2.2", 101)] {
                let client = try await RawClient.connect(to: server)
                await client.send(
                    Self.request.replacing("Host: a", with: "Host: a\r\nX-Forwarded-For: \(address)"))
                #expect(try await client.answer().status == status, "\(address)")
                clients.append(client)
            }
            await clients[0].hangUp()
            try await eventually("the place is free") {
                let next = try await RawClient.connect(to: server)
                await next.send(Self.request.replacing("Host: a", with: "Host: a\r\nX-Forwarded-For: 192.0.2.1"))
                return try await next.answer().status == 101
            }
        }
    }

    @Test func `HTTP 1.0 and a body cannot be upgraded`() async throws {
        let gate = Gate()
        gate.open()
        try await TestServer.run(.init(), Self.handler(gate)) { server in
            for request in [
                "GET / HTTP/1.0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            ] {
                let client = try await RawClient.connect(to: server)
                await client.send(request)
                #expect(try await client.answer().status == 400)
            }
        }
    }
}

private struct Echo: ConnectionUpgrade {
    func takeOver(
        _ connection: StreamConnection, early: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) -> any StreamHandler {
        let handler = EchoHandler()
        _ = handler.received(early, from: connection, on: domain)
        return handler
    }
}

private final class EchoHandler: StreamHandler {
    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        connection.write(on: domain) { $0.append(bytes) }
        return bytes.count
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {}
}
