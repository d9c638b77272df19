import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

struct HTTPTransportTests {
    @Test func `TLS is used when the certificate is trusted and fits`() async throws {
        let certificate = try await Certificate()
        let peer = try await HTTPPeer(certificate: certificate)
        let client = client(trusting: certificate)
        #expect(text(try await client.send(HTTPRequest(.get, peer.url("/hello")))) == "hello")
        #expect(
            text(try await client.send(HTTPRequest(.get, "https://localhost:\(peer.port)/hello"))) == "hello")
    }

    @Test func `a certificate that nobody vouches for is refused`() async throws {
        let peer = try await HTTPPeer(certificate: try await Certificate())
        await expectTLSError(HTTPClient(on: Loops.group), peer.url("/hello"))
    }

    @Test func `a certificate of another host is refused`() async throws {
        let certificate = try await Certificate(names: "DNS:example.org")
        let peer = try await HTTPPeer(certificate: certificate)
        await expectTLSError(client(trusting: certificate), peer.url("/hello"))
    }

    @Test func `a proxy is asked with the whole address`() async throws {
        let proxy = try await HTTPPeer()
        var options = HTTPClient.Options()
        options.proxy = .url(proxy.url(""))
        let client = HTTPClient(on: Loops.group, options)
        // The peer takes the target apart as a proxy would, and knows the page itself.
        let echo = text(try await client.send(HTTPRequest(.get, "http://no-such-host.invalid/echo")))
        #expect(echo.hasPrefix("GET http://no-such-host.invalid/echo HTTP/1.1\r\n"))
    }

    @Test(.enabled(if: HTTP2Peer.isInstalled, "Debian's nghttp2-server is not installed"))
    func `HTTP 2 carries many requests over one connection`() async throws {
        let certificate = try await Certificate()
        let peer = try await HTTP2Peer(certificate)
        let client = client(trusting: certificate, on: Loops.single) { $0.concurrentPerOrigin = 50 }
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<200 {
                group.addTask { text(try await client.send(HTTPRequest(.get, peer.url("/page")))) }
            }
            for try await body in group { #expect(body == "a page over HTTP/2") }
        }
        #expect(await client.openedConnections() == 1)
    }

    @Test func `a download appears only when it is complete`() async throws {
        let peer = try await HTTPPeer()
        let folder = try ScratchFolder("download")
        let client = HTTPClient(on: Loops.group)
        let answer = try await client.download(HTTPRequest(.get, peer.url("/size/1048576")), to: folder.file("file"))
        #expect(answer.body.isEmpty)
        let content = try #require(FileManager.default.contents(atPath: folder.file("file")))
        #expect(content.count == 1_048_576)
        #expect(content.prefix(256).elementsEqual((0...255).map { UInt8($0) }))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test(arguments: [
        ("/cut", HTTPLimits()), ("/endless", HTTPLimits(bodyBytes: 1 << 20)), ("/status/404", HTTPLimits()),
    ])
    func `a download that fails leaves nothing`(path: String, limits: HTTPLimits) async throws {
        let peer = try await HTTPPeer()
        let folder = try ScratchFolder("download")
        let client = HTTPClient(on: Loops.group)
        let answer = try? await client.download(
            HTTPRequest(.get, peer.url(path), limits: limits), to: folder.file("file"))
        #expect(answer?.status == (path == "/status/404" ? 404 : nil))
        #expect(answer.map(text) == (path == "/status/404" ? "status 404" : nil))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a download does not destroy what stood there before it is complete`() async throws {
        let peer = try await HTTPPeer()
        let folder = try ScratchFolder("download")
        try "old".write(toFile: folder.file("file"), atomically: false, encoding: .utf8)
        let client = HTTPClient(on: Loops.group)
        _ = try? await client.download(HTTPRequest(.get, peer.url("/cut")), to: folder.file("file"))
        #expect(try String(contentsOfFile: folder.file("file"), encoding: .utf8) == "old")
        _ = try await client.download(HTTPRequest(.get, peer.url("/hello")), to: folder.file("file"))
        #expect(try String(contentsOfFile: folder.file("file"), encoding: .utf8) == "hello")
    }

    private func client(
        trusting certificate: Certificate, on loops: LoopGroup = Loops.group,
        _ change: (inout HTTPClient.Options) -> Void = { _ in }
    ) -> HTTPClient {
        var options = HTTPClient.Options()
        options.trustedCertificates = certificate.file
        change(&options)
        return HTTPClient(on: loops, options)
    }

    private func expectTLSError(
        _ client: HTTPClient, _ url: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await client.send(HTTPRequest(.get, url))
            Issue.record("there was an answer", sourceLocation: sourceLocation)
        } catch {
            guard case .tls = error else {
                Issue.record("\(error)", sourceLocation: sourceLocation)
                return
            }
        }
    }
}

/// nghttpd, which serves a folder over HTTP/2.
private struct HTTP2Peer {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nghttpd")

    private let folder: ScratchFolder
    private let process: TestProcess
    private let port: UInt16

    init(_ certificate: Certificate) async throws {
        folder = try ScratchFolder("http2")
        try "a page over HTTP/2".write(toFile: folder.file("page"), atomically: false, encoding: .utf8)
        port = try FreePort.next()
        process = try TestProcess(
            "/usr/sbin/nghttpd",
            ["-a", "127.0.0.1", "-d", folder.path, "\(port)", certificate.keyFile, certificate.file])
        // It says nothing when it listens.
        var options = HTTPClient.Options()
        options.trustedCertificates = certificate.file
        let probe = HTTPClient(on: Loops.group, options)
        let page = url("/page")
        try await eventually("nghttpd's first answer") {
            (try? await probe.send(HTTPRequest(.get, page)))?.status == 200
        }
    }

    func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }
}
