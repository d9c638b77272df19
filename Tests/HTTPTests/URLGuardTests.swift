import HTTP
import Runtime
import TestSupport
import Testing

struct URLGuardTests {
    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::",
        "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1",
        "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "3fff::1", "5f00::1", "fc00::1",
        "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
    ])
    func `addresses that are not public are refused`(text: String) throws {
        #expect(!URLGuard().allows(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
        "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1",
        "198.17.255.255", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888", "2a00::1",
        "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::",
    ])
    func `public addresses are allowed`(text: String) throws {
        #expect(URLGuard().allows(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[fe80::1%25eth0]/", "http://0/",
        "https://127.0.0.1/", "http://127.0.0.1./",
    ])
    func `an inner address is refused however it is written`(url: String) async {
        await expectRefusal(of: HTTPRequest(.get, url), by: guardedClient())
    }

    @Test func `a name of an inner address is refused when it is looked up`() async throws {
        let peer = try await HTTPPeer()
        for name in ["localhost", "LOCALHOST", "anything.localhost"] {
            await expectRefusal(of: HTTPRequest(.get, "http://\(name):\(peer.port)/hello"), by: guardedClient())
        }
        // Whether these are names at all depends on the system.
        for name in ["localhost.", "①②⑦.⓪.⓪.①"] {
            await #expect(throws: HTTPClientError.self) {
                try await guardedClient().send(HTTPRequest(.get, "http://\(name):\(peer.port)/hello"))
            }
        }
        let answer = try await HTTPClient(on: Loops.group).send(HTTPRequest(.get, peer.url("/requests")))
        #expect(text(answer) == "1", "none of them reached the server")
    }

    @Test(arguments: ["http://example.org:25/", "http://example.org:22/", "https://example.org:0/"])
    func `ports of other services are refused`(url: String) async {
        await expectRefusal(of: HTTPRequest(.get, url), by: guardedClient())
    }

    @Test func `a URL can be checked before it is stored`() throws {
        let inner = try #require(HTTPURL("http://0x7f.1/x"))
        #expect(URLGuard().objection(to: inner) == "127.0.0.1 is not a public address")
        #expect(URLGuard().objection(to: try #require(HTTPURL("https://example.org/x"))) == nil)
    }

    /// 127.0.0.2 stands for the public internet here, and 127.0.0.1 for what is inside.
    @Test func `a redirect does not lead inside`() async throws {
        let outside = try await HTTPPeer("127.0.0.2")
        let inside = try await HTTPPeer("127.0.0.1")
        let client = guardedClient(exceptions: ["127.0.0.2/32"])
        #expect(try await client.send(HTTPRequest(.get, outside.url("/hello"))).status == 200)
        for target in [inside.url("/hello"), "http://localhost:\(inside.port)/hello"] {
            let request = HTTPRequest(.get, outside.url("/redirect/302?to=\(target)"), redirects: 3)
            await expectRefusal(of: request, by: client)
        }
        let answer = try await HTTPClient(on: Loops.group).send(HTTPRequest(.get, inside.url("/requests")))
        #expect(text(answer) == "1")
    }

    @Test func `ranges hold what begins with their bits`() throws {
        let range = try #require(AddressRange("10.20.48.0/20"))
        #expect(range.contains(try #require(IPAddress("10.20.63.255"))))
        #expect(!range.contains(try #require(IPAddress("10.20.64.0"))))
        #expect(!range.contains(try #require(IPAddress("::ffff:10.20.48.1"))))
        #expect(AddressRange("10.0.0.0/33") == nil)
        #expect(AddressRange("10.0.0.0/") == nil)
        #expect(AddressRange("10.0.0/8") == nil)
    }

    private func guardedClient(exceptions: [String] = []) -> HTTPClient {
        var options = HTTPClient.Options()
        options.urlGuard = URLGuard(exceptions: exceptions.compactMap { AddressRange($0) })
        return HTTPClient(on: Loops.group, options)
    }

    private func expectRefusal(
        of request: HTTPRequest, by client: HTTPClient, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await client.send(request)
            Issue.record("\(request.url) was fetched", sourceLocation: sourceLocation)
        } catch {
            guard case .refusedAddress = error else {
                Issue.record("\(request.url): \(error)", sourceLocation: sourceLocation)
                return
            }
        }
    }
}
