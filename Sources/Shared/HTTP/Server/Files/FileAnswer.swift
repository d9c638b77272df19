/// The head of an answer that is a file, or a part of one.
enum FileAnswer {
    /// Larger files that are text should lie there packed, or behind a cache.
    private static let mostPacked = 1 << 20

    /// Whether the whole file is sent, and is text enough.
    static func canBePacked(_ response: Response, _ part: Range<Int>, _ file: OpenFile) -> Bool {
        part == 0..<file.size && file.size <= mostPacked && Compression.suits(response, count: file.size)
    }

    /// Nil when that does not pay.
    static func pack(_ file: OpenFile) throws -> [UInt8]? {
        GzipEncoder(level: Compression.level)?.pack(try file.read(at: 0, upTo: file.size))
    }

    /// Of so many bytes, which are what `current` says where the answer says nothing of it. `range` is a part that the
    /// handler chose; else it is the client who chooses.
    static func make(
        _ size: Int, _ current: Validators, _ range: Range<Int>?, _ response: Response, _ request: Request
    ) -> (Response, Range<Int>) {
        var response = response
        if let range { return (response, range.clamped(to: 0..<size)) }
        let validators = response.headers.complete(with: current)
        guard response.status == 200 else { return (response, 0..<size) }
        response.headers["Accept-Ranges"] = "bytes"
        switch Preconditions.check(request, validators) {
        case .notModified: return (response.notModified(), 0..<0)
        case .failed: return (Response(412), 0..<0)
        case .proceed: break
        }
        switch ByteRange(request, length: size, validators) {
        case .whole: return (response, 0..<size)
        case .part(let part):
            response.status = 206
            response.headers["Content-Range"] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
            return (response, part)
        case .unsatisfiable:
            return (Response(416, headers: ["Content-Range": "bytes */\(size)"]), 0..<0)
        }
    }
}

extension HTTPHeaders {
    /// Adds what the answer does not say itself, and answers what it then says.
    fileprivate mutating func complete(with validators: Validators) -> Validators {
        if self["ETag"] == nil { self["ETag"] = validators.tag?.description }
        if self["Last-Modified"] == nil { self["Last-Modified"] = validators.modified.map(HTTPDate.text) }
        return Validators(of: self)
    }
}
