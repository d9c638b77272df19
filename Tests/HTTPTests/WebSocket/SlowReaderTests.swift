import Runtime
import TestSupport
import Testing

@testable import HTTP

struct SlowReaderTests {
    private static let kilobyte = String(repeating: "x", count: 1024)

    @Test func `a burst reaches a client that reads, whole and in order`() async throws {
        let react: SocketServer.React = { _, socket, domain in
            for number in 0..<200 { socket.send(SharedFrame(.text, "\(number) \(Self.kilobyte)"), on: domain) }
        }
        try await SocketServer.run(react: react) { server in
            let client = try await SocketClient.open(server.http)
            await client.send(ClientFrame(.text, "go"))
            for number in 0..<200 { #expect(try await client.message().text.hasPrefix("\(number) ")) }
        }
    }

    @Test func `a client that does not read is closed when too much waits for it`() async throws {
        let react: SocketServer.React = { _, socket, domain in
            let frame = SharedFrame(.text, String(repeating: "x", count: 8192))
            for _ in 0..<8192 where socket.isOpen { socket.send(frame, on: domain) }
        }
        try await SocketServer.run(.init(), react: react) { server in
            let client = try await SocketClient.open(server.http)
            await client.raw.pauseReading(true)
            await client.send(ClientFrame(.text, "go"))
            try await eventually { server.log.has("closed 4408") }
            await client.raw.pauseReading(false)
            var last = try await client.message()
            while last.closeCode == nil { last = try await client.message() }
            #expect(last.closeCode == 4408)
        }
    }

    @Test func `what can be done without is dropped first`() async throws {
        let react: SocketServer.React = { _, socket, domain in
            let typing = SharedFrame(.text, "typing")
            var number = 0
            // Until the kernel takes no more, and then some.
            while socket.send(typing, isDroppable: true, on: domain) {
                socket.send(SharedFrame(.text, "\(number) \(Self.kilobyte)"), on: domain)
                number += 1
            }
            for _ in 0..<20 {
                socket.send(SharedFrame(.text, "\(number) \(Self.kilobyte)"), on: domain)
                socket.send(typing, isDroppable: true, on: domain)
                number += 1
            }
            socket.send(SharedFrame(.text, "end \(number)"), on: domain)
        }
        try await SocketServer.run(react: react) { server in
            let client = try await SocketClient.open(server.http)
            await client.raw.pauseReading(true)
            await client.send(ClientFrame(.text, "go"))
            try await eventually { server.log.has("text of 2") }
            await client.raw.pauseReading(false)
            var texts: [String] = []
            while texts.last?.hasPrefix("end") != true { texts.append(try await client.message().text) }
            let kept = texts.filter { $0 != "typing" }
            #expect(kept.dropLast().enumerated().allSatisfy { $1.hasPrefix("\($0) ") })
            #expect(kept.last == "end \(kept.count - 1)")
            #expect(texts.suffix(30).contains("typing") == false)
        }
    }

    @Test func `1,000 sockets get a broadcast, each message once and in order`() async throws {
        let room = Room()
        let react: SocketServer.React = { message, socket, domain in
            room.take(message, from: socket, on: domain)
        }
        try await SocketServer.run(loops: Loops.single, react: react) { server in
            var clients: [SocketClient] = []
            for _ in 0..<1000 {
                let client = try await SocketClient.open(server.http)
                await client.send(ClientFrame(.text, "join"))
                clients.append(client)
            }
            try await eventually { server.log.words.filter { $0 == "text of 4" }.count == 1000 }
            await clients[0].send(ClientFrame(.text, "first"), ClientFrame(.text, "second"))
            for client in clients {
                #expect(try await client.message().text == "first")
                #expect(try await client.message().text == "second")
            }
            for client in clients { await client.send(.close(1000)) }
            for client in clients { #expect(try await client.end() == 1000) }
        }
    }
}

/// The sockets of one loop, which all hear what one says.
private final class Room: Sendable {
    // Safe: only touched by messages of sockets of the one loop that the test uses.
    nonisolated(unsafe) private var sockets: [WebSocket] = []

    func take(_ message: WebSocketMessage, from socket: WebSocket, on domain: isolated LoopDomain) {
        guard String(decoding: message.bytes, as: UTF8.self) != "join" else { return sockets.append(socket) }
        let frame = SharedFrame(.text, message.bytes)
        for socket in sockets { socket.send(frame, on: domain) }
    }
}
