import HTTP
import Runtime
import TestSupport
import Testing

/// Bytes that are made on demand, of which a client may ask for a part.
struct PartTests {
    /// The digits, written one by one; those of `/short` end too early, those of `/long` do not end.
    private static let handler: Handler = { request in
        let path = request.path
        return Response(
            headers: ["ETag": "\"d\""],
            body: .parts(count: 10) { range, writer in
                let last = path == "/short" ? min(range.upperBound, 5) : range.upperBound
                for number in range.lowerBound..<last { try await writer.write(Array("\(number)".utf8)) }
                if path == "/long" { try await writer.write([0x21]) }
            })
    }

    @Test(arguments: [
        ("", 200, "0123456789", nil), ("Range: bytes=0-3\r\n", 206, "0123", "bytes 0-3/10"),
        ("Range: bytes=-2\r\n", 206, "89", "bytes 8-9/10"), ("Range: bytes=4-4\r\n", 206, "4", "bytes 4-4/10"),
        ("Range: bytes=10-\r\n", 416, "416 Range Not Satisfiable\n", "bytes */10"),
        ("Range: bytes=1-2\r\nIf-Range: \"d\"\r\n", 206, "12", "bytes 1-2/10"),
        ("Range: bytes=1-2\r\nIf-Range: \"e\"\r\n", 200, "0123456789", nil),
        ("If-None-Match: \"d\"\r\n", 304, "", nil), ("If-Match: \"e\"\r\n", 412, "412 Precondition Failed\n", nil),
    ]) func `only the part that is asked for is written, with its length`(
        fields: String, status: Int, text: String, field: String?
    ) async throws {
        try await TestServer.run(.init(), Self.handler) { server in
            let client = try await RawClient.connect(to: server)
            for _ in 0..<2 {
                await client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
                let answer = try await client.answer()
                #expect(answer.status == status && answer.text == text)
                #expect(answer["Content-Range"] == field)
                #expect(answer["Content-Length"] == (status == 304 ? nil : "\(text.utf8.count)"))
                #expect(answer["Transfer-Encoding"] == nil)
            }
            await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer(toHead: true)["Content-Length"] == "10")
        }
    }

    @Test(arguments: ["/short", "/long"])
    func `what is not as long as was promised ends the connection`(path: String) async throws {
        try await TestServer.run(.init(), Self.handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let rest = try await client.rest()
            #expect(rest.split(separator: "HTTP/1.1 ").count == 1 && !rest.contains("!"))
        }
    }
}
