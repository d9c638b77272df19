import Glibc
import Runtime
import Synchronization
import TestSupport
import Testing

struct StreamConnectionTests {
    let loop = EventLoop()

    private func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (isolated LoopDomain) async throws -> Value
    ) async throws -> Value {
        try await Task(executorPreference: loop) { [loop] in try await body(loop.domain) }.value
    }

    @Test(arguments: [Endpoint.tcp(host: "127.0.0.1", port: 0), .tcp(host: "::1", port: 0), .unix(path: socketPath())])
    func `what is sent comes back`(over endpoint: Endpoint) async throws {
        let echoed = try await onLoop { domain in
            let server = try EchoServer(endpoint, on: domain)
            let client = try await Client.connect(to: server.endpoint, on: domain)
            client.send("hello, ", on: domain)
            client.send("world", on: domain)
            try await client.wait(forBytes: 12, on: domain)
            client.connection.close(on: domain)
            server.listener.close(on: domain)
            return client.text
        }
        #expect(echoed == "hello, world")
    }

    @Test func `16 MB pass a peer that holds back, and the sender hears when it may go on`() async throws {
        let (received, wasCongested, wasDrained) = try await onLoop { domain in
            let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
            let client = try await Client.connect(to: server.endpoint, on: domain)
            let block = String(repeating: "x", count: 1 << 20)
            var wasCongested = false
            for _ in 0..<16 {
                client.send(block, on: domain)
                wasCongested = wasCongested || client.connection.isCongested
            }
            try await client.wait(forBytes: 16 << 20, on: domain)
            return (client.byteCount, wasCongested, client.drainedCount > 0)
        }
        #expect(received == 16 << 20)
        #expect(wasCongested)
        #expect(wasDrained)
    }

    @Test func `a rest that the handler leaves comes again with the next bytes`() async throws {
        let lines = try await onLoop { domain in
            let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
            let client = try await Client.connect(to: server.endpoint, on: domain)
            client.takesWholeLines = true
            for piece in ["on", "e\ntw", "o\nthr", "ee\n"] {
                client.send(piece, on: domain)
                try await domain.sleep(for: .milliseconds(2))
            }
            try await client.wait(forBytes: 14, on: domain)
            return client.text
        }
        #expect(lines == "one\ntwo\nthree\n")
    }

    @Test func `nothing is delivered while reading is paused`() async throws {
        let counts = try await onLoop { domain in
            let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
            let client = try await Client.connect(to: server.endpoint, on: domain)
            client.connection.setReadingPaused(true, on: domain)
            client.send("held back", on: domain)
            while server.echoedBytes < 9 { try await domain.sleep(for: .milliseconds(1)) }
            try await domain.sleep(for: .milliseconds(5))
            let paused = client.byteCount
            client.connection.setReadingPaused(false, on: domain)
            try await client.wait(forBytes: 9, on: domain)
            return [paused, client.byteCount]
        }
        #expect(counts == [0, 9])
    }

    @Test func `what a pause held back arrives before the end of a peer that has gone`() async throws {
        let heard = try await onLoop { domain in
            let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
            let client = try await Client.connect(to: server.endpoint, on: domain)
            client.takesWholeLines = true
            client.send("half a line", on: domain)
            while server.echoedBytes < 11 { try await domain.sleep(for: .milliseconds(1)) }
            try await domain.sleep(for: .milliseconds(5))
            client.connection.setReadingPaused(true, on: domain)
            client.takesWholeLines = false
            server.closeAll(on: domain)
            // A hang-up alone is not read while paused; letting go finds the rest first and the end after it.
            client.connection.setReadingPaused(false, on: domain)
            while client.closedCount == 0 { try await domain.sleep(for: .milliseconds(1)) }
            return client.text
        }
        #expect(heard == "half a line")
    }

    @Test func `the handler hears exactly once that the connection ended`() async throws {
        let ends = try await onLoop { domain in
            let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
            let client = try await Client.connect(to: server.endpoint, on: domain)
            client.send("bye", on: domain)
            try await client.wait(forBytes: 3, on: domain)
            server.closeAll(on: domain)
            while client.closedCount == 0 { try await domain.sleep(for: .milliseconds(1)) }
            client.connection.close(on: domain)
            client.send("into the void", on: domain)
            return client.closedCount
        }
        #expect(ends == 1)
    }

    @Test func `connecting to a port that nobody listens on is refused`() async throws {
        let refusal = await #expect(throws: SystemError.self) {
            try await onLoop { domain in
                let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
                server.listener.close(on: domain)
                _ = try await StreamConnection.connect(to: server.endpoint, within: .seconds(5), on: domain)
            }
        }
        #expect(refusal?.code == ECONNREFUSED)
    }

    @Test func `a TLS handshake with a peer that never answers ends within its limit`() async throws {
        let context = try TLSClientContext()
        await #expect(throws: TimeLimitExceeded.self) {
            try await onLoop { domain in
                let silent = try Listener(.tcp(host: "127.0.0.1", port: 0))
                let endpoint = Endpoint.tcp(host: "127.0.0.1", port: silent.address.port)
                _ = try await StreamConnection.connect(
                    to: endpoint, tls: context, within: .milliseconds(50), on: domain)
            }
        }
    }

    @Test func `a listener takes over the socket file of a process that was killed`() async throws {
        let path = socketPath()
        let addresses = try await onLoop { domain in
            let first = try Listener(.unix(path: path))
            // Bound but never closed: what a killed process leaves, as far as the file is concerned.
            _ = first
            try leaveStaleSocket(at: path + ".stale")
            let second = try EchoServer(.unix(path: path + ".stale"), on: domain)
            let client = try await Client.connect(to: .unix(path: path + ".stale"), on: domain)
            client.send("alive", on: domain)
            try await client.wait(forBytes: 5, on: domain)
            second.listener.close(on: domain)
            return client.text
        }
        #expect(addresses == "alive")
    }

    @Test func `a client that floods does not keep others from their answers`() async throws {
        let (answered, flooded) = try await onLoop { domain in
            let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
            let flood = try await Client.connect(to: server.endpoint, on: domain)
            let polite = try await Client.connect(to: server.endpoint, on: domain)
            flood.floods = true
            flood.send(String(repeating: "x", count: 4 << 20), on: domain)
            let before = server.echoedBytes
            for round in 1...200 {
                polite.send("x", on: domain)
                try await polite.wait(forBytes: round, on: domain)
            }
            flood.floods = false
            return (polite.byteCount, server.echoedBytes - before)
        }
        #expect(answered == 200)
        #expect(flooded > 8 << 20)
    }

    @Test func `2,000 connections come and go without leaving a descriptor`() async {
        await #expect(processExitsWith: .success) {
            ExitTestProcess.speakUp()
            let before = FileDescriptors.count
            try await StreamConnectionTests().onLoop { domain in
                let server = try EchoServer(.tcp(host: "127.0.0.1", port: 0), on: domain)
                for _ in 0..<2000 {
                    let client = try await Client.connect(to: server.endpoint, on: domain)
                    client.send("x", on: domain)
                    try await client.wait(forBytes: 1, on: domain)
                    client.connection.close(on: domain)
                }
                while !server.connections.isEmpty { try await domain.sleep(for: .milliseconds(1)) }
                server.listener.close(on: domain)
            }
            // A loop has three of its own; what else the process opens and closes meanwhile is soon gone.
            try await eventually("as many descriptors as before") { FileDescriptors.count <= before + 3 }
        }
    }
}

private func socketPath() -> String { "\(Environment["SWITCHYARD_TEST_DIR"] ?? "/tmp")/\(UUID.v7()).sock" }

private func leaveStaleSocket(at path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let address = try SocketAddress(unixPath: path)
    _ = address.withAddress { bind(descriptor, $0, $1) }
    listen(descriptor, 1)
    close(descriptor)
}

/// Sends back whatever arrives.
private final class EchoServer: StreamHandler {
    let listener: Listener
    let endpoint: Endpoint
    var connections: [ObjectIdentifier: StreamConnection] = [:]
    var echoedBytes = 0

    init(_ endpoint: Endpoint, on domain: isolated LoopDomain) throws {
        listener = try Listener(endpoint)
        self.endpoint =
            if case .tcp(let host, _) = endpoint { .tcp(host: host, port: listener.address.port) } else { endpoint }
        try listener.start(on: domain) { descriptor, peer in
            let connection = StreamConnection(descriptor: descriptor, peer: peer)
            self.connections[ObjectIdentifier(connection)] = connection
            try? connection.start(self, on: domain)
        }
    }

    func closeAll(on domain: isolated LoopDomain) {
        for connection in connections.values { connection.close(on: domain) }
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        if connection.isCongested { connection.setReadingPaused(true, on: domain) }
        connection.write(on: domain) { $0.append(bytes) }
        echoedBytes += bytes.count
        return bytes.count
    }

    func drained(_ connection: StreamConnection, on domain: isolated LoopDomain) {
        connection.setReadingPaused(false, on: domain)
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        connections[ObjectIdentifier(connection)] = nil
    }
}

private final class Client: StreamHandler {
    let connection: StreamConnection
    var text = ""
    var byteCount = 0
    var closedCount = 0
    var drainedCount = 0
    var takesWholeLines = false
    /// Sends everything back, so that it goes around without end.
    var floods = false

    private init(_ connection: StreamConnection) { self.connection = connection }

    static func connect(to endpoint: Endpoint, on domain: isolated LoopDomain) async throws -> Client {
        let client = Client(try await StreamConnection.connect(to: endpoint, within: .seconds(30), on: domain))
        try client.connection.start(client, on: domain)
        return client
    }

    func send(_ text: String, on domain: isolated LoopDomain) {
        connection.write(on: domain) { $0.append(text) }
    }

    func wait(forBytes wanted: Int, on domain: isolated LoopDomain) async throws {
        while byteCount < wanted, closedCount == 0 { try await domain.sleep(for: .milliseconds(1)) }
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        let used = takesWholeLines ? (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1 : bytes.count
        byteCount += used
        if floods { connection.write(on: domain) { $0.append(bytes) } }
        if byteCount < 1000 { text += String(decoding: bytes[..<used], as: UTF8.self) }
        return used
    }

    func drained(_ connection: StreamConnection, on domain: isolated LoopDomain) { drainedCount += 1 }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        closedCount += 1
    }
}
