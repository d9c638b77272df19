import HTTP
import Runtime
import TestSupport
import Testing

struct HTTPLimitTests {
    private let client = HTTPClient(on: Loops.group)

    private func expect(
        _ error: HTTPClientError, from path: String, _ limits: HTTPLimits,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let peer = try await HTTPPeer()
        let began = ContinuousClock.now
        await #expect(throws: error, sourceLocation: sourceLocation) {
            try await client.send(HTTPRequest(.get, peer.url(path), limits: limits))
        }
        #expect(ContinuousClock.now - began < .minutes(1), sourceLocation: sourceLocation)
    }

    @Test func `a head that never comes runs into the idle limit`() async throws {
        try await expect(.timeout(.idle), from: "/slow-head", HTTPLimits(idle: .milliseconds(200)))
    }

    @Test func `a body that stops runs into the idle limit`() async throws {
        try await expect(.timeout(.idle), from: "/slow-body", HTTPLimits(idle: .milliseconds(200)))
    }

    @Test func `a slow answer that keeps coming is not idle`() async throws {
        let peer = try await HTTPPeer()
        let answer = try await client.send(
            HTTPRequest(.get, peer.url("/trickle/70"), limits: HTTPLimits(idle: .seconds(3))))
        #expect(answer.body.count == 70)
    }

    @Test func `a slow answer that keeps coming runs into the total limit`() async throws {
        try await expect(
            .timeout(.total), from: "/trickle/1000", HTTPLimits(idle: .seconds(5), total: .milliseconds(300)))
    }

    @Test func `a server that accepts no connection runs into the connect limit`() async throws {
        // A full backlog: the kernel drops what comes on top of it.
        let full = try FullBacklog()
        await #expect(throws: HTTPClientError.timeout(.connect)) {
            try await client.send(
                HTTPRequest(.get, "http://127.0.0.1:\(full.port)/", limits: HTTPLimits(connect: .milliseconds(300))))
        }
    }

    @Test func `waiting for a turn counts too`() async throws {
        let peer = try await HTTPPeer()
        var options = HTTPClient.Options()
        options.concurrentPerOrigin = 1
        let client = HTTPClient(on: Loops.single, options)
        let watcher = HTTPClient(on: Loops.group)
        let blocker = Task { try await client.send(HTTPRequest(.get, peer.url("/slow-head"))) }
        try await eventually("the first request") { try await peer.has("active", 2, asking: watcher) }
        await #expect(throws: HTTPClientError.timeout(.total)) {
            try await client.send(
                HTTPRequest(.get, peer.url("/hello"), limits: HTTPLimits(total: .milliseconds(200))))
        }
        blocker.cancel()
        _ = await blocker.result
    }

    @Test func `an endless body ends at the limit`() async throws {
        try await expect(.tooLarge(limit: 1_000_000), from: "/endless", HTTPLimits(bodyBytes: 1_000_000))
    }

    @Test func `a body that announces too much is not read`() async throws {
        try await expect(.tooLarge(limit: 1000), from: "/size/1024", HTTPLimits(bodyBytes: 1000))
    }

    @Test func `a body of exactly the limit is fine`() async throws {
        let peer = try await HTTPPeer()
        let request = HTTPRequest(.get, peer.url("/size/1024"), limits: HTTPLimits(bodyBytes: 1024))
        #expect(try await client.send(request).body.count == 1024)
    }

    @Test func `endless headers end at their limit`() async throws {
        try await expect(.tooLarge(limit: 65536), from: "/endless-headers", HTTPLimits())
    }

    @Test(arguments: ["/cut", "/hang-up", "/garbage"])
    func `a broken answer is an error of its own kind`(path: String) async throws {
        let peer = try await HTTPPeer()
        do {
            _ = try await client.send(HTTPRequest(.get, peer.url(path)))
            Issue.record("there was an answer")
        } catch {
            guard case .brokenAnswer = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `nobody at the port is an error of the connection`() async throws {
        let port = try FreePort.next()
        do {
            _ = try await client.send(HTTPRequest(.get, "http://127.0.0.1:\(port)/"))
            Issue.record("there was an answer")
        } catch {
            guard case .connection = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `an unknown name is an error of the name`() async throws {
        do {
            _ = try await client.send(HTTPRequest(.get, "http://no-such-host.invalid/"))
            Issue.record("there was an answer")
        } catch {
            guard case .dns = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
