import HTTP
import TestSupport
import Testing

@testable import APIRoutes

/// Forms, taken apart while they come.
struct MultipartTests {
    private let form = """
        preamble\r
        --b-1\r
        Content-Disposition: form-data; name="note"\r
        \r
        some text\r
        --b-1\r
        Content-Disposition: form-data; name="file"; filename="na\\"me;.txt"; filename*=UTF-8''n%C3%A4me.txt\r
        Content-Type: text/plain\r
        \r
        first line\r
        --b-\r
        --b-2 is no end\r
        --b-1--\r
        epilogue
        """

    private func read(_ text: String, pieces: (Int) -> Int) throws -> ([MultipartReader.Event], Bool) {
        var reader = try #require(MultipartReader(contentType: "multipart/form-data; boundary=\"b-1\""))
        var events: [MultipartReader.Event] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = max(1, min(pieces(rest.count), rest.count))
            for event in try reader.read(Array(rest.prefix(count))) {
                guard case .bytes(let bytes) = event, case .bytes(let before)? = events.last else {
                    events.append(event)
                    continue
                }
                events[events.count - 1] = .bytes(before + bytes)
            }
            rest = rest.dropFirst(count)
        }
        return (events, reader.isComplete)
    }

    @Test func `a form is the same however it is cut`() throws {
        let (whole, isComplete) = try read(form) { $0 }
        #expect(isComplete)
        guard whole.count == 5, case .part(let head) = whole[2], case .bytes(let content) = whole[3] else {
            Issue.record("\(whole)")
            return
        }
        #expect(head.name == "file" && head.fileName == "näme.txt")
        #expect(String(decoding: content, as: UTF8.self) == "first line\r\n--b-\r\n--b-2 is no end")
        #expect(try read(form) { _ in 1 }.0 == whole)
        var seed = Seed()
        for _ in 0..<50 { #expect(try read(form) { _ in Int.random(in: 1...30, using: &seed) }.0 == whole) }
    }

    @Test func `what breaks off is not complete, and what is no form is refused`() throws {
        #expect(try !read(String(form.dropLast(20))) { $0 }.1)
        #expect(throws: MultipartReader.Malformed.self) { try read("--b-1x\r\n\r\n") { $0 } }
        #expect(throws: MultipartReader.Malformed.self) {
            try read("--b-1\r\nX: " + String(repeating: "x", count: 9000)) { $0 }
        }
        for type in ["multipart/form-data", "text/plain; boundary=x", "multipart/form-data; boundary="] {
            #expect(MultipartReader(contentType: type) == nil)
        }
    }
}
