@testable import HTTP

/// What holds for any bytes: they do not crash the parser, and mean the same in whatever pieces they come.
enum ParserProperties {
    static func check(_ bytes: RawSpan) {
        for isTrusted in [false, true] {
            let whole = Transcript.of(bytes, in: [bytes.byteCount], isTrusted: isTrusted)
            precondition(
                Transcript.of(bytes, in: [1], isTrusted: isTrusted) == whole, "single bytes mean something else")
            let pieces = pieces(of: bytes)
            precondition(
                Transcript.of(bytes, in: pieces, isTrusted: isTrusted) == whole, "\(pieces) mean something else")
            for case .request(let request) in whole.events { request.check() }
        }
    }

    /// Sizes that depend on the bytes, so that the same input is always cut in the same way.
    private static func pieces(of bytes: RawSpan) -> [Int] {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for position in 0..<bytes.byteCount { hash = (hash ^ UInt64(bytes[position])) &* 1_099_511_628_211 }
        return (0..<8).map { Int(hash >> UInt64($0 * 8) & 0x3F) + 1 }
    }
}

extension SeenRequest {
    /// What everybody above the parser relies on.
    func check() {
        precondition(path == "*" || path.hasPrefix("/"), "a path that begins with nothing")
        for field in headers.fields {
            precondition(!field.name.isEmpty && field.name.utf8.allSatisfy(Characters.isToken), "a name that is none")
            precondition(
                field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "a value with controls")
            precondition(headers[field.name.uppercased()] != nil, "a field that is not found")
            precondition(headers.all(field.name).contains(field.value), "a value that is not found")
            readValue(field.value)
        }
        precondition(headers.all("content-length").count <= 1 && headers.all("HOST").count <= 1, "two of one")
        precondition(
            !headers.has("transfer-encoding") || !headers.has("Content-Length"), "two lengths of one body")
    }

    /// All that reads values gets all of them.
    private func readValue(_ value: String) {
        if case .part(let part) = ByteRange.parse(value, length: 1000) {
            precondition(!part.isEmpty && part.upperBound <= 1000, "a part of something else")
        }
        for tag in EntityTag.list(value) where EntityTag(field: tag.description) != nil {
            precondition(EntityTag(field: tag.description) == tag)
        }
        _ = Compression.isWelcome(value)
        if let date = HTTPDate.parse(value) { precondition(HTTPDate.text(date) == value, "a date that is none") }
        let headers = RequestHeaders(["X-Forwarded-For": value, "Forwarded": value])
        for header in [ForwardingHeader.xForwardedFor, .forwarded] { _ = header.addresses(in: headers) }
        if let name = StaticFiles.name(value[...]) {
            precondition(!name.split(separator: "/").contains(".."), "a way out of the folder")
        }
    }
}
