import HTTP
import Runtime
import Testing

struct ConditionTests {
    /// A resource with a tag and a date.
    private static let handler: Handler = { request in
        if request.method == .put {
            let now = Validators(tag: EntityTag("v2"), modified: Timestamp(seconds: 784_111_777))
            return Response(Preconditions.check(request, now) == .proceed ? 204 : 412)
        }
        return Response(
            headers: [
                "ETag": "\"v2\"", "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT", "Content-Type": "text/plain",
                "Cache-Control": "private",
            ], body: .bytes(Array("now".utf8)))
    }

    @Test(arguments: [
        ("If-None-Match: \"v2\"", 304, 412), ("If-None-Match: W/\"v2\"", 304, 412),
        ("If-None-Match: \"v1\", \"v2\"", 304, 412), ("If-None-Match: \"v1\"\r\nIf-None-Match: \"v2\"", 304, 412),
        ("If-None-Match: *", 304, 412), ("If-None-Match: \"v1\"", 200, 204), ("If-None-Match: v2", 200, 204),
        ("If-None-Match: \"a,\\\"v2\"", 200, 204),
        ("If-Match: \"v2\"", 200, 204), ("If-Match: *", 200, 204), ("If-Match: \"v1\", \"v2\"", 200, 204),
        ("If-Match: \"v1\"", 412, 412), ("If-Match: W/\"v2\"", 412, 412),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 304, 204),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 200, 204),
        ("If-Modified-Since: Mon, 07 Nov 1994 08:49:37 GMT", 304, 204),
        ("If-Modified-Since: yesterday", 200, 204), ("If-Modified-Since: Mon, 06 Nov 1994 08:49:37 GMT", 200, 204),
        ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200, 204),
        ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 412, 412),
        // The tag wins over the date.
        ("If-None-Match: \"v1\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200, 204),
        ("If-Match: \"v2\"\r\nIf-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 200, 204),
    ]) func `conditions decide over reading and changing`(fields: String, get: Int, put: Int) async throws {
        try await TestServer.run(.init(), Self.handler) { server in
            let client = try await RawClient.connect(to: server)
            await client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
            let answer = try await client.answer()
            #expect(answer.status == get)
            if get == 304 {
                #expect(answer["ETag"] == "\"v2\"")
                #expect(answer["Cache-Control"] == "private")
                #expect(answer["Content-Type"] == nil)
                #expect(answer["Content-Length"] == nil)
            }
            await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
            #expect(try await client.answer(toHead: true).status == get)
            await client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
            #expect(try await client.answer().status == put)
        }
    }
}
