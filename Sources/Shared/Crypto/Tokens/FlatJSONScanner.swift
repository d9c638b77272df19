/// Reads one JSON object of a token's header: texts that need no escapes are read, other values are only passed over.
/// This module stands below the JSON module, and a header is a few short texts.
struct FlatJSONScanner {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var failed = false
    private static let maximumDepth = 8

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return !failed && position == bytes.count
        }
    }

    /// Calls `member` at each value; false where the object is malformed or `member` says so.
    mutating func object(_ member: (String, inout FlatJSONScanner) -> Bool) -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        repeat {
            guard let name = text(), take(":"), member(name, &self), !failed else { return false }
        } while take(",")
        return take("}")
    }

    /// A text without escapes; sets `failed` at anything else.
    mutating func text() -> String? {
        guard take("\"") else { return fail() }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\\") else { return fail() }
            position += 1
        }
        guard position < bytes.count, let text = String(validating: bytes[start..<position], as: UTF8.self) else {
            return fail()
        }
        position += 1
        return text
    }

    mutating func skipValue(depth: Int = 0) -> Bool {
        skipSpace()
        guard depth < FlatJSONScanner.maximumDepth, position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): return text() != nil
        case UInt8(ascii: "{"):
            return object { _, scanner in scanner.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["): return skipArray(depth: depth)
        default: return skipLiteral()
        }
    }

    private mutating func skipArray(depth: Int) -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat {
            guard skipValue(depth: depth + 1) else { return false }
        } while take(",")
        return take("]")
    }

    /// A number, `true`, `false` or `null`: told apart by nobody here, so only its characters are checked.
    private mutating func skipLiteral() -> Bool {
        let start = position
        while position < bytes.count, FlatJSONScanner.isLiteral(bytes[position]) { position += 1 }
        return position > start
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
            UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func fail() -> String? {
        failed = true
        return nil
    }
}
