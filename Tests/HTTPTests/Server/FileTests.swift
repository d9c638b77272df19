import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

struct FileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder("served") }

    private func withFiles(_ body: (RawClient) async throws -> Void) async throws {
        let files = StaticFiles(folder: folder.path)
        try await TestServer.run(.init(), { files.answer($0, path: $0.path) }) { server in
            try await body(try await RawClient.connect(to: server))
        }
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    }

    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    @Test func `a file has its type, its length, and what a cache needs`() async throws {
        try write("a.css", "body {}")
        try await withFiles { client async throws in
            await client.send(get("/a.css"))
            let answer = try await client.answer()
            #expect(answer.text == "body {}")
            #expect(answer["Content-Type"] == "text/css; charset=utf-8")
            #expect(answer["Accept-Ranges"] == "bytes")
            let (tag, date) = (try #require(answer["ETag"]), try #require(answer["Last-Modified"]))
            await client.send(get("/a.css", "If-None-Match: \(tag)\r\n"))
            #expect(try await client.answer().status == 304)
            await client.send(get("/a.css", "If-Modified-Since: \(date)\r\n"))
            #expect(try await client.answer().status == 304)
            await client.send("HEAD /a.css HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer(toHead: true)["Content-Length"] == "7")
        }
    }

    @Test(arguments: [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"), ("bytes=-20", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=8-99", 206, "89", "bytes 8-9/10"), ("BYTES=9-9", 206, "9", "bytes 9-9/10"),
        ("bytes=10-", 416, "416 Range Not Satisfiable\n", "bytes */10"),
        ("bytes=-0", 416, "416 Range Not Satisfiable\n", "bytes */10"),
        ("bytes=99-100", 416, "416 Range Not Satisfiable\n", "bytes */10"),
        ("bytes=4-2", 200, "0123456789", nil), ("bytes=0-1,3-4", 200, "0123456789", nil),
        ("lines=0-1", 200, "0123456789", nil), ("bytes=a-b", 200, "0123456789", nil),
        ("bytes=-", 200, "0123456789", nil),
        ("bytes=0-99999999999999999999", 200, "0123456789", nil), ("bytes=+1-2", 200, "0123456789", nil),
    ]) func `a part is served where one is asked for`(range: String, status: Int, text: String, field: String?)
        async throws
    {
        try write("digits.bin", "0123456789")
        try await withFiles { client async throws in
            await client.send(get("/digits.bin", "Range: \(range)\r\n"))
            let answer = try await client.answer()
            #expect(answer.status == status)
            #expect(answer.text == text)
            #expect(answer["Content-Range"] == field)
        }
    }

    @Test func `If-Range gives the part only of what the client has`() async throws {
        try write("digits.bin", "0123456789")
        try await withFiles { client async throws in
            await client.send(get("/digits.bin"))
            let first = try await client.answer()
            let (tag, date) = (try #require(first["ETag"]), try #require(first["Last-Modified"]))
            for (condition, status) in [
                (tag, 206), (date, 206), ("\"other\"", 200), ("W/\(tag)", 200), ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
            ] {
                await client.send(get("/digits.bin", "Range: bytes=1-2\r\nIf-Range: \(condition)\r\n"))
                #expect(try await client.answer().status == status, "\(condition)")
            }
        }
    }

    @Test(arguments: [
        "/none", "/", "/folder", "/folder/", "/../secret", "/folder/../../secret", "/%2e%2e/secret", "/..%2fsecret",
        "/folder%2f..%2f..%2fsecret", "/.hidden", "/folder//a", "/a%5c..%5csecret", "/%ff", "/pipe", "//etc/passwd",
        "/a\(String(repeating: "a", count: 300))",
    ]) func `what is no file of the folder is 404`(path: String) async throws {
        try write(".hidden", "hidden")
        try FileManager.default.createDirectory(atPath: folder.file("folder"), withIntermediateDirectories: true)
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        try await withFiles { client async throws in
            await client.send(get(path))
            #expect(try await client.answer().status == 404)
        }
    }

    @Test func `a folder's index is served, and other methods are not`() async throws {
        try write("index.html", "<p>here")
        try await withFiles { client async throws in
            await client.send(get("/"))
            #expect(try await client.answer().text == "<p>here")
            await client.send("POST / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.answer()["Allow"] == "GET, HEAD")
        }
    }

    @Test func `a file of 3 MB arrives whole, and again in its parts`() async throws {
        let bytes = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        #expect(FileManager.default.createFile(atPath: folder.file("large"), contents: Data(bytes)))
        try await withFiles { client async throws in
            await client.send(get("/large"))
            #expect(try await client.answer().body == bytes)
            await client.send(get("/large", "Range: bytes=1000000-1999999\r\n"))
            #expect(try await client.answer().body == Array(bytes[1_000_000..<2_000_000]))
        }
    }

    @Test func `a body goes into a new file, and leaves none behind when it fails`() async throws {
        let threads = ThreadPool(name: "test", threads: 1)
        let folder = folder
        let handler: Handler = { request in
            let count = try await request.body.save(
                to: folder.file(String(request.path.dropFirst())), upTo: 3 << 20, on: threads)
            return Response(201, body: .bytes(Array("\(count)".utf8)))
        }
        try await TestServer.run(.init(), handler) { server in
            let body = (0..<2 << 20).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let client = try await RawClient.connect(to: server)
            await client.send("PUT /whole HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
            await client.send(body)
            #expect(try await client.answer().text == "\(body.count)")
            #expect(FileManager.default.contents(atPath: folder.file("whole")) == Data(body))

            await client.send("PUT /large HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<2 { await client.send(Array("200000\r\n".utf8) + body + Array("\r\n".utf8)) }
            #expect(try await client.answer().status == 413)
            let gone = try await RawClient.connect(to: server)
            await gone.send("PUT /gone HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n1234")
            try await eventually { FileManager.default.fileExists(atPath: folder.file("gone")) }
            await gone.hangUp()
            try await eventually("only the whole file is there") {
                try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["whole"]
            }
            let again = try await RawClient.connect(to: server)
            await again.send("PUT /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await again.answer().status == 500)
        }
        threads.stop()
    }
}
