import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

struct CompressionTests {
    /// `/12000/text/plain` is so many bytes of that type.
    private static let handler: Handler = { request in
        let parts = request.path.split(separator: "/", maxSplits: 1)
        let count = Int(parts[0]) ?? 0
        var headers: HTTPHeaders = ["Content-Type": String(parts[1]), "ETag": "\"v1\"", "Vary": "Origin"]
        if request.query == "identity" { headers["Content-Encoding"] = "identity" }
        return Response(headers: headers, body: .bytes(text(count)))
    }

    private static func text(_ count: Int) -> [UInt8] { (0..<count).map { "abcdefgh".utf8.randomByte($0) } }

    private func ask(_ path: String, _ accept: String = "gzip, br", _ fields: String = "") async throws -> RawAnswer {
        try await TestServer.run(.init(), Self.handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept-Encoding: \(accept)\r\n\(fields)\r\n")
            return try await client.answer()
        }
    }

    @Test(arguments: [1500, 8000, 60_000, 900_000]) func `text is packed for who likes it`(count: Int) async throws {
        let answer = try await ask("/\(count)/application/json")
        #expect(answer["Content-Encoding"] == "gzip")
        #expect(answer["Vary"] == "Origin, Accept-Encoding")
        #expect(answer["ETag"] == "W/\"v1\"")
        #expect(answer.body.count < count * 9 / 10)
        #expect(try await unpacked(answer.body) == Self.text(count))
    }

    @Test(arguments: ["", "identity", "br", "gzip;q=0", "*;q=0", "gzip; q=0.000", "identity, gzip;q=0, *"])
    func `text goes as it is to who does not`(accept: String) async throws {
        let answer = try await ask("/5000/text/html", accept)
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer["Vary"] == "Origin, Accept-Encoding")
        #expect(answer["ETag"] == "\"v1\"")
        #expect(answer.body == Self.text(5000))
    }

    @Test(arguments: ["gzip", "*", "GZIP;q=0.5", "br;q=1.0, gzip;q=0.8, *;q=0.1", "x-gzip"])
    func `who likes gzip may say it in many ways`(accept: String) async throws {
        #expect(try await ask("/5000/text/html", accept)["Content-Encoding"] == "gzip")
    }

    @Test(arguments: ["/500/text/plain", "/5000/image/png", "/5000/application/octet-stream"])
    func `what is small or no text goes as it is`(path: String) async throws {
        let answer = try await ask(path)
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer["Vary"] == "Origin")
    }

    @Test func `a handler can exclude an answer, and a condition comes before packing`() async throws {
        #expect(try await ask("/5000/text/plain?identity")["Content-Encoding"] == "identity")
        #expect(try await ask("/5000/text/plain", "gzip", "If-None-Match: W/\"v1\"\r\n").status == 304)
    }

    /// By an implementation of others.
    private func unpacked(_ packed: [UInt8]) async throws -> [UInt8] {
        let folder = try ScratchFolder("gzip")
        #expect(FileManager.default.createFile(atPath: folder.file("a.gz"), contents: Data(packed)))
        try await TestProcess.run("gunzip", [folder.file("a.gz")])
        return [UInt8](try #require(FileManager.default.contents(atPath: folder.file("a"))))
    }
}

extension String.UTF8View {
    /// One of these bytes, the same for the same number.
    fileprivate func randomByte(_ number: Int) -> UInt8 {
        let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        return self[index(startIndex, offsetBy: Int(mixed >> 40) % count)]
    }
}
