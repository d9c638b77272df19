import Runtime

extension JSONCoder {
    public static func decode<T: Decodable>(
        _ type: T.Type = T.self, from source: borrowing some JSONSource & ~Copyable, limits: JSONLimits = .standard
    ) throws(JSONError) -> T {
        try document(source, limits) { json throws(JSONStop) in try json.decodable(type) }
    }

    /// For a type that has both conformances: its own is the faster.
    public static func decode<T: JSONReadable & Decodable>(
        _ type: T.Type = T.self, from source: borrowing some JSONSource & ~Copyable, limits: JSONLimits = .standard
    ) throws(JSONError) -> T {
        try document(source, limits) { json throws(JSONStop) in try T(json: &json) }
    }

    public static func encode(_ value: some Encodable) throws(JSONError) -> [UInt8] {
        try array { json in json.encodable(value) }
    }

    public static func encode(_ value: some JSONWritable & Encodable) throws(JSONError) -> [UInt8] {
        try array { json in value.write(json: &json) }
    }

    public static func text(_ value: some Encodable) throws(JSONError) -> String {
        try string { json in json.encodable(value) }
    }

    public static func text(_ value: some JSONWritable & Encodable) throws(JSONError) -> String {
        try string { json in value.write(json: &json) }
    }

    /// Appends `value` to `buffer`, which is left as it was if the value cannot be written.
    public static func encode(_ value: some Encodable, to buffer: inout ByteBuffer) throws(JSONError) {
        try append(to: &buffer) { json in json.encodable(value) }
    }

    public static func encode(
        _ value: some JSONWritable & Encodable, to buffer: inout ByteBuffer
    ) throws(JSONError) {
        try append(to: &buffer) { json in value.write(json: &json) }
    }
}

extension JSONReader {
    /// The next value, by way of Codable.
    public mutating func decodable<T: Decodable>(_ type: T.Type) throws(JSONStop) -> T {
        // A reader of its own, so that the session can outlive this call in the hands of a decoder that someone keeps.
        var own = JSONReader(bytes, limits: limits)
        own.position = position
        own.depth = depth
        let list: ValueList
        do throws(JSONStop) {
            list = try ValueList(&own)
        } catch {
            faults += own.faults
            throw error
        }
        position = own.position
        let session = DecodingSession(list, own)
        defer { faults += session.end() }
        return try session.root(type)
    }
}

extension JSONReadable where Self: Decodable {
    public init(json: inout JSONReader) throws(JSONStop) { self = try json.decodable(Self.self) }
}

extension JSONReadable where Self: Decodable & RawRepresentable, RawValue: JSONReadable {
    public init(json: inout JSONReader) throws(JSONStop) { self = try json.rawRepresentable() }
}

extension JSONWriter {
    /// Writes `value` by way of Codable.
    public mutating func encodable(_ value: some Encodable) {
        let piece = EncodingPiece()
        do {
            try piece.encode(value)
            raw(piece.writer.written)
        } catch {
            let (below, message) = Self.reading(of: error)
            note(.invalid, below: below, message)
            null()
        }
    }

    private static func reading(of error: any Error) -> ([JSONPathElement], String) {
        switch error {
        case let failure as EncodingFailure: (failure.path, failure.message)
        case EncodingError.invalidValue(_, let context):
            (context.codingPath.map(JSONPathElement.init), context.debugDescription)
        default: ([], "\(error)")
        }
    }
}

extension JSONWritable where Self: Encodable {
    public func write(json: inout JSONWriter) { json.encodable(self) }
}

extension JSONWritable where Self: Encodable & RawRepresentable, RawValue: JSONWritable {
    public func write(json: inout JSONWriter) { rawValue.write(json: &json) }
}
