import Runtime
import TestSupport
import Testing

@testable import HTTP

struct WebSocketTests {
    private func options(_ change: (inout WebSocketOptions) -> Void) -> WebSocketOptions {
        var options = SocketServer.quick
        change(&options)
        return options
    }

    @Test func `messages come back, in fragments or whole, and a ping between them`() async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http)
            await client.send(
                ClientFrame(.text, "He").continued, ClientFrame(.ping, "now?"), ClientFrame(.continuation, "llo"),
                ClientFrame(.binary, [1, 2, 3]))
            #expect(
                try await client.frame() == ServerFrame(opcode: 10, isCompressed: false, payload: Array("now?".utf8)))
            #expect(
                try await client.frame() == ServerFrame(opcode: 1, isCompressed: false, payload: Array("Hello".utf8)))
            #expect(try await client.frame() == ServerFrame(opcode: 2, isCompressed: false, payload: [1, 2, 3]))
        }
    }

    @Test(arguments: [0, 125, 126, 65_535, 65_536])
    func `a message of any length comes back`(length: Int) async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http)
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 % 251) }
            await client.send(ClientFrame(.binary, bytes))
            #expect(try await client.frame().payload == bytes)
        }
    }

    @Test(
        arguments: [
            (ClientFrame(.text, "x").with { $0.mask = nil }, 1002), (ClientFrame(opcode: 3), 1002),
            (ClientFrame(.text, [0xFF]), 1007), (ClientFrame(.binary).with { $0.announced = 65_537 }, 1009),
            (ClientFrame.close(1005), 1002),
        ])
    func `who breaks the protocol is told how, and the connection ends`(_ frame: ClientFrame, code: Int) async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http)
            await client.send(ClientFrame(.text, "before"), frame, ClientFrame(.text, "after"))
            #expect(try await client.frame().text == "before")
            #expect(try await client.end() == code)
            #expect(server.log.words == ["opened", "text of 6", "closed \(code)"])
        }
    }

    @Test func `frames that come with the handshake are refused`() async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http, and: [ClientFrame(.text, "early")])
            #expect(try await client.end() == 1002)
        }
    }

    @Test func `the client's close is answered with its code`() async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http)
            await client.send(.close(4321, "enough"), ClientFrame(.text, "after"))
            #expect(try await client.end() == 4321)
            #expect(server.log.words == ["opened", "closed 4321"])
            let silent = try await SocketClient.open(server.http)
            await silent.send(ClientFrame(.close))
            #expect(try await silent.frame() == ServerFrame(opcode: 8, isCompressed: false, payload: []))
            try await eventually { server.log.has("closed 1005") }
        }
    }

    @Test func `a client that hangs up is heard to be gone`() async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http)
            await client.raw.hangUp()
            try await eventually { server.log.has("closed 1006") }
        }
    }

    @Test func `after our close frame nothing is delivered, and the client's answer ends the connection`() async throws
    {
        let react: SocketServer.React = { message, socket, domain in
            _ = socket.send(message.kind, message.bytes, on: domain)
            socket.close(CloseCode(rawValue: 4001), "that will do", on: domain)
        }
        try await SocketServer.run(react: react) { server in
            let client = try await SocketClient.open(server.http)
            await client.send(ClientFrame(.text, "one"), ClientFrame(.text, "two"))
            #expect(try await client.frame().text == "one")
            let close = try await client.frame()
            #expect(close.closeCode == 4001 && close.text.hasSuffix("that will do"))
            await client.send(.close(4001))
            #expect(try await client.raw.rest() == "")
            #expect(server.log.words == ["opened", "text of 3", "closed 4001"])
        }
    }

    @Test func `a client that does not answer our close is cut off`() async throws {
        let react: SocketServer.React = { _, socket, domain in socket.close(.goingAway, on: domain) }
        try await SocketServer.run(options { $0.closeTime = .milliseconds(50) }, react: react) { server in
            let client = try await SocketClient.open(server.http)
            await client.send(ClientFrame(.text, "go"))
            #expect(try await client.end() == 1001)
        }
    }

    @Test func `pings go out, and the session may send along with them`() async throws {
        try await SocketServer.run(options { $0.pingInterval = .milliseconds(30) }) { server in
            let client = try await SocketClient.open(server.http)
            for _ in 0..<3 { #expect(try await client.frame().opcode == 9) }
            #expect(server.log.words.filter { $0 == "pinging" }.count >= 3)
        }
    }

    @Test func `a client that stays silent is closed, one that answers pings is not`() async throws {
        let impatient = options {
            $0.pingInterval = .milliseconds(100)
            $0.silenceLimit = .seconds(5)
        }
        try await SocketServer.run(impatient) { server in
            let silent = try await SocketClient.open(server.http)
            let lively = try await SocketClient.open(server.http)
            for _ in 0..<60 {
                #expect(try await lively.frame().opcode == 9)
                await lively.send(ClientFrame(.pong))
            }
            await lively.send(ClientFrame(.text, "here"))
            #expect(try await lively.message().text == "here")
            var last = try await silent.frame()
            while last.opcode == 9 { last = try await silent.frame() }
            #expect(last.closeCode == 4408)
            #expect(try await silent.raw.rest() == "")
        }
    }

    @Test func `a paused socket delivers nothing until it goes on`() async throws {
        let react: SocketServer.React = { message, socket, domain in
            _ = socket.send(.text, "heard \(message.bytes.count)", on: domain)
            socket.setPaused(true, on: domain)
            domain.schedule(after: .milliseconds(20)) {
                _ = socket.send(.text, "resumed", on: domain)
                socket.setPaused(false, on: domain)
            }
        }
        try await SocketServer.run(react: react) { server in
            let client = try await SocketClient.open(server.http)
            await client.send(ClientFrame(.text, "a"), ClientFrame(.text, "bb"), ClientFrame(.text, "ccc"))
            for length in 1...3 {
                #expect(try await client.frame().text == "heard \(length)")
                #expect(try await client.frame().text == "resumed")
            }
        }
    }

    @Test func `at the end all clients are told, and no more are let in`() async throws {
        try await SocketServer.run { server in
            let client = try await SocketClient.open(server.http)
            async let stopped: Void = server.endpoint.stop()
            #expect(try await client.frame().closeCode == 1012)
            await client.send(.close(1012))
            #expect(try await client.raw.rest() == "")
            await stopped
            let late = try await RawClient.connect(to: server.http)
            await late.send(SocketClient.handshake)
            let answer = try await late.answer()
            #expect(answer.status == 503 && answer["Retry-After"] == "2")
        }
    }

    @Test func `a request that is no handshake is told what is wrong`() async throws {
        try await SocketServer.run { server in
            let client = try await RawClient.connect(to: server.http)
            await client.send("GET /echo HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == 426 && answer["Upgrade"] == "websocket")
            await client.send(SocketClient.handshake.replacing("Version: 13", with: "Version: 12"))
            #expect(try await client.answer()["Sec-WebSocket-Version"] == "13")
        }
    }
}
