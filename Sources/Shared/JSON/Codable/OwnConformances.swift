// Codable types of ours that know JSON themselves take the short way where the coder is ours too.

extension Decoder {
    /// The value, read by its type's own conformance; nil where the decoder is not this module's.
    func ownReading<T: JSONReadable>(standIn: @autoclosure () -> T) throws -> T? {
        guard let decoder = self as? ValueDecoder else { return nil }
        return try decoder.session.read(at: decoder.index, standIn: standIn())
    }
}

extension Encoder {
    /// Writes the value by its type's own conformance; false where the encoder is not this module's.
    func ownWriting(of value: some JSONWritable) -> Bool {
        guard let encoder = self as? ValueEncoder else { return false }
        encoder.piece.writer.write(value)
        return true
    }
}

extension SingleValueDecodingContainer {
    /// A value that is written as a string.
    func parsed<T>(as name: String, _ parse: (String) -> T?) throws -> T {
        guard let value = parse(try decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: self, debugDescription: "not a \(name)")
        }
        return value
    }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        guard let value: JSONValue = try decoder.ownReading(standIn: .null) else { throw JSONOnly() }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        guard encoder.ownWriting(of: self) else { throw JSONOnly() }
    }
}

extension JSONNumber: Codable {
    public init(from decoder: any Decoder) throws {
        guard let number: JSONNumber = try decoder.ownReading(standIn: JSONNumber(0)) else { throw JSONOnly() }
        self = number
    }

    public func encode(to encoder: any Encoder) throws {
        guard encoder.ownWriting(of: self) else { throw JSONOnly() }
    }
}

/// Text of any number of digits has no place in another coder's containers.
struct JSONOnly: Error, CustomStringConvertible {
    var description: String { "JSON values are read and written by JSONCoder only" }
}
