import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

struct HTTPClientTests {
    private let client = HTTPClient(on: Loops.group)

    @Test func `an answer has status, headers and body`() async throws {
        let peer = try await HTTPPeer()
        let answer = try await client.send(HTTPRequest(.get, peer.url("/hello")))
        #expect(answer.status == 200)
        #expect(text(answer) == "hello")
        #expect(answer.headers["X-TEST"] == "one")
        #expect(answer.headers.all("x-test") == ["one", "two"])
        #expect(answer.headers["X-Empty"] == "")
        #expect(answer.headers["X-Missing"] == nil)
    }

    @Test(arguments: [201, 400, 404, 500, 503])
    func `every status is an answer, not an error`(status: Int) async throws {
        let peer = try await HTTPPeer()
        #expect(try await client.send(HTTPRequest(.get, peer.url("/status/\(status)"))).status == status)
    }

    @Test(arguments: [HTTPMethod.post, .put, .patch, .delete])
    func `method, headers and body arrive as they were given`(method: HTTPMethod) async throws {
        let peer = try await HTTPPeer()
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        let request = HTTPRequest(
            method, peer.url("/echo?a=b%20c"), headers: ["X-One": "1", "X-Empty": "", "Content-Type": "a/b"],
            body: .bytes(body))
        let echo = try await client.send(request).body
        #expect(Array(echo.suffix(body.count)) == body)
        let head = String(decoding: echo.dropLast(body.count), as: UTF8.self)
        #expect(head.hasPrefix("\(method.rawValue) /echo?a=b%20c HTTP/1.1\r\n"))
        #expect(head.contains("\r\nX-One: 1\r\n"))
        #expect(head.contains("\r\nX-Empty:\r\n"))
        #expect(head.contains("\r\nContent-Type: a/b\r\n"))
        #expect(head.contains("\r\nContent-Length: 200000\r\n"))
        #expect(!head.contains("Expect:"))
        #expect(head.contains("\r\nUser-Agent: Switchyard\r\n"))
    }

    @Test func `a post without a body says so`() async throws {
        let peer = try await HTTPPeer()
        #expect(
            text(try await client.send(HTTPRequest(.post, peer.url("/echo")))).contains("\r\nContent-Length: 0\r\n"))
        let plain = text(try await client.send(HTTPRequest(.delete, peer.url("/echo"))))
        #expect(plain.hasPrefix("DELETE ") && !plain.contains("Content-Length"))
    }

    @Test func `the answer to HEAD has no body, however long it says it would be`() async throws {
        let peer = try await HTTPPeer()
        let answer = try await client.send(
            HTTPRequest(.head, peer.url("/size/1024000"), limits: HTTPLimits(bodyBytes: 10)))
        #expect(answer.headers["Content-Length"] == "1024000")
        #expect(answer.body.isEmpty)
    }

    @Test func `chunks are put together`() async throws {
        let peer = try await HTTPPeer()
        #expect(text(try await client.send(HTTPRequest(.get, peer.url("/chunked")))) == "one two three")
    }

    @Test func `only the last head counts`() async throws {
        let peer = try await HTTPPeer()
        let answer = try await client.send(HTTPRequest(.get, peer.url("/continue")))
        #expect(answer.status == 200)
        #expect(answer.headers["X-Early"] == nil)
        #expect(text(answer) == "late")
    }

    @Test func `a body can come from a file`() async throws {
        let peer = try await HTTPPeer()
        let folder = try ScratchFolder("upload")
        let body = String(repeating: "0123456789", count: 30_000)
        try body.write(toFile: folder.file("body"), atomically: false, encoding: .utf8)
        let answer = try await client.send(
            HTTPRequest(.put, peer.url("/echo"), body: .file(path: folder.file("body"))))
        #expect(text(answer).hasSuffix("\r\n\r\n" + body))
        await #expect(throws: HTTPClientError.file(SystemError(2, "opening /nowhere"))) {
            try await client.send(HTTPRequest(.put, peer.url("/echo"), body: .file(path: "/nowhere")))
        }
    }

    @Test(arguments: [
        ("X-Bad", "a\r\nX-More: b"), ("X-Bad", "a\nb"), ("X-Bad", "a\0b"), ("X Bad", "a"), ("X-Bad\r\nX-More", "b"),
        ("", "a"), ("X-Bad:", "a"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked"),
    ])
    func `a header that would break the request is refused`(name: String, value: String) async throws {
        var headers = HTTPHeaders()
        headers.add(name, value)
        await #expect(throws: HTTPClientError.invalidRequest("header \(name) cannot be sent so")) {
            try await client.send(HTTPRequest(.get, "http://127.0.0.1:1/", headers: headers))
        }
    }

    @Test(arguments: [
        "", "/relative", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://",
        "http://user:password@127.0.0.1/", "http://user@127.0.0.1/", "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1:99999/", "javascript:alert(1)", "http://[::1/", "//127.0.0.1/",
    ])
    func `what is no plain URL of the web is refused`(url: String) async {
        await #expect(throws: HTTPClientError.invalidRequest("not a usable URL: \(url)")) {
            try await client.send(HTTPRequest(.get, url))
        }
    }

    @Test func `200 requests at a time share a few connections, in turn`() async throws {
        let peer = try await HTTPPeer()
        var options = HTTPClient.Options()
        options.concurrentPerOrigin = 4
        let client = HTTPClient(on: Loops.single, options)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask { try await client.send(HTTPRequest(.get, peer.url("/wait/20"))).status }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(await client.openedConnections() == 4)
        #expect(text(try await client.send(HTTPRequest(.get, peer.url("/peak")))) == "4")
    }

    @Test func `those who wait are served in the order they came`() async throws {
        let peer = try await HTTPPeer()
        var options = HTTPClient.Options()
        options.concurrentPerOrigin = 1
        let client = HTTPClient(on: Loops.single, options)
        let blocker = Task { try await client.send(HTTPRequest(.get, peer.url("/slow-head"))) }
        let watcher = HTTPClient(on: Loops.group)
        try await eventually("the first request") { try await peer.has("active", 2, asking: watcher) }
        let order = Recorder()
        // All start on the loop itself, one after the other.
        await withTaskGroup(of: Void.self) { group in
            for number in 0...10 {
                group.addTask(executorPreference: Loops.single.loops[0]) {
                    // The last to start lets the others go on.
                    if number == 10 { return blocker.cancel() }
                    _ = try? await client.send(HTTPRequest(.get, peer.url("/status/200")))
                    order.add(number)
                }
            }
        }
        #expect(order.numbers == Array(0..<10))
    }

    @Test func `a connection is used again, and again after an idle one was closed`() async throws {
        let peer = try await HTTPPeer()
        let client = HTTPClient(on: Loops.single)
        for _ in 0..<20 { #expect(text(try await client.send(HTTPRequest(.get, peer.url("/connection")))) == "1") }
        #expect(await client.openedConnections() == 1)
        await #expect(throws: HTTPClientError.self) { try await client.send(HTTPRequest(.get, peer.url("/hang-up"))) }
        #expect(try await client.send(HTTPRequest(.get, peer.url("/hello"))).status == 200)
    }

    @Test func `after shutting down everything fails`() async throws {
        let peer = try await HTTPPeer()
        let client = HTTPClient(on: Loops.single)
        let pending = Task { try await client.send(HTTPRequest(.get, peer.url("/slow-head"))) }
        let watcher = HTTPClient(on: Loops.group)
        try await eventually("the request") { try await peer.has("active", 2, asking: watcher) }
        await client.shutDown()
        await #expect(throws: HTTPClientError.shutDown) { try await pending.value }
        await #expect(throws: HTTPClientError.shutDown) { try await client.send(HTTPRequest(.get, peer.url("/hello"))) }
    }

    @Test func `cancelling the task ends the request and frees its place`() async throws {
        let peer = try await HTTPPeer()
        var options = HTTPClient.Options()
        options.concurrentPerOrigin = 1
        let client = HTTPClient(on: Loops.single, options)
        let watcher = HTTPClient(on: Loops.group)
        let running = Task { try await client.send(HTTPRequest(.get, peer.url("/slow-head"))) }
        try await eventually("the request") { try await peer.has("active", 2, asking: watcher) }
        let waiting = Task { try await client.send(HTTPRequest(.get, peer.url("/hello"))) }
        let patient = Task { try await client.send(HTTPRequest(.get, peer.url("/hello"))) }
        waiting.cancel()
        await #expect(throws: HTTPClientError.cancelled) { try await waiting.value }
        running.cancel()
        await #expect(throws: HTTPClientError.cancelled) { try await running.value }
        #expect(try await patient.value.status == 200)
    }
}
