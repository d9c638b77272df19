import Runtime

/// In JSON a moment is its RFC 3339 text, in UTC and with milliseconds.
extension Timestamp: JSONReadable, JSONWritable {
    public init(json: inout JSONReader) throws(JSONStop) {
        let place = json.place()
        guard let parsed = Timestamp(rfc3339: try json.string()) else {
            throw json.invalid(at: place, "not an RFC 3339 time")
        }
        self = parsed
    }

    public func write(json: inout JSONWriter) {
        json.quoted(24) { writeRFC3339(into: $0) }
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        self =
            try decoder.ownReading(standIn: Timestamp(microseconds: 0))
            ?? decoder.singleValueContainer().parsed(as: "RFC 3339 time") { Timestamp(rfc3339: $0) }
    }

    public func encode(to encoder: any Encoder) throws {
        if encoder.ownWriting(of: self) { return }
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

extension JSONWriter {
    /// A string of `count` bytes that need no escape.
    mutating func quoted(_ count: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        comma()
        needsComma = true
        out.append(room: count + 2) { target in
            target[0] = UInt8(ascii: "\"")
            body(UnsafeMutableRawBufferPointer(rebasing: target[1...count]).assumingMemoryBound(to: UInt8.self))
            target[count + 1] = UInt8(ascii: "\"")
            return count + 2
        }
    }
}
