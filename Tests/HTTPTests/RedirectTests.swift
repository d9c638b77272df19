import HTTP
import Runtime
import TestSupport
import Testing

struct RedirectTests {
    private let client = HTTPClient(on: Loops.group)

    @Test func `redirects are not followed unless asked for`() async throws {
        let peer = try await HTTPPeer()
        let answer = try await client.send(HTTPRequest(.get, peer.url("/redirect/302?to=/hello")))
        #expect(answer.status == 302)
        #expect(answer.headers["Location"] == "/hello")
    }

    @Test(arguments: ["/hello", "../hello", "//127.0.0.1:PORT/hello", "http://127.0.0.1:PORT/hello%23top"])
    func `relative and absolute targets are understood`(target: String) async throws {
        let peer = try await HTTPPeer()
        let target = target.replacing("PORT", with: "\(peer.port)")
        let answer = try await client.send(HTTPRequest(.get, peer.url("/redirect/302?to=\(target)"), redirects: 1))
        #expect(text(answer) == "hello")
        #expect(answer.url.text == peer.url("/hello"))
    }

    @Test func `a loop ends at the maximum`() async throws {
        let peer = try await HTTPPeer()
        await #expect(throws: HTTPClientError.tooManyRedirects(limit: 5)) {
            try await client.send(HTTPRequest(.get, peer.url("/loop/0"), redirects: 5))
        }
        #expect(text(try await client.send(HTTPRequest(.get, peer.url("/requests")))) == "7")
    }

    @Test(arguments: [
        (301, "GET", false), (302, "GET", false), (303, "GET", false), (307, "POST", true), (308, "POST", true),
    ])
    func `what was posted is sent again only where that is meant`(status: Int, method: String, hasBody: Bool)
        async throws
    {
        let peer = try await HTTPPeer()
        let request = HTTPRequest(
            .post, peer.url("/redirect/\(status)?to=/echo"), headers: ["Content-Type": "text/x"],
            body: .bytes(Array("the body".utf8)), redirects: 1)
        let echo = text(try await client.send(request))
        #expect(echo.hasPrefix("\(method) /echo "))
        #expect(echo.hasSuffix("the body") == hasBody)
        #expect(echo.contains("Content-Type: text/x") == hasBody)
    }

    @Test func `secrets are not carried to another origin`() async throws {
        let first = try await HTTPPeer()
        let second = try await HTTPPeer()
        let headers: HTTPHeaders = ["Authorization": "Bearer secret", "Cookie": "a=b", "X-Other": "kept"]
        let away = text(
            try await client.send(
                HTTPRequest(.get, first.url("/redirect/302?to=\(second.url("/echo"))"), headers: headers, redirects: 1))
        )
        #expect(!away.contains("secret") && !away.contains("a=b") && away.contains("X-Other: kept"))
        let same = text(
            try await client.send(
                HTTPRequest(.get, first.url("/redirect/302?to=/echo"), headers: headers, redirects: 1)))
        #expect(same.contains("Bearer secret"))
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "file:///etc/passwd", "http://user:password@127.0.0.1/", "javascript:alert(1)",
    ])
    func `a redirect to anything but the web is refused`(target: String) async throws {
        let peer = try await HTTPPeer()
        await #expect(throws: HTTPClientError.refusedRedirect("not a usable URL: \(target)")) {
            try await client.send(HTTPRequest(.get, peer.url("/redirect/302?to=\(target)"), redirects: 3))
        }
    }

    @Test func `an encrypted connection is not followed by a plain one`() async throws {
        let certificate = try await Certificate()
        let encrypted = try await HTTPPeer(certificate: certificate)
        let plain = try await HTTPPeer()
        var options = HTTPClient.Options()
        options.trustedCertificates = certificate.file
        let client = HTTPClient(on: Loops.group, options)
        await #expect(
            throws: HTTPClientError.refusedRedirect("from an encrypted connection to \(plain.url("/hello"))")
        ) {
            try await client.send(
                HTTPRequest(.get, encrypted.url("/redirect/302?to=\(plain.url("/hello"))"), redirects: 3))
        }
    }
}
