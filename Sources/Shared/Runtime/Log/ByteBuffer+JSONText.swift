extension ByteBuffer {
    /// Appends `text` as a JSON string with its quotes.
    public mutating func append(jsonString text: String) {
        var text = text
        text.withUTF8 { append(jsonString: UnsafeRawBufferPointer($0)) }
    }

    /// The same from bytes that are UTF-8.
    public mutating func append(jsonString bytes: UnsafeRawBufferPointer) {
        append(byte: UInt8(ascii: "\""))
        var start = 0
        for position in bytes.indices where Self.mustEscape(bytes[position]) {
            append(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
            append(jsonEscape: bytes[position])
            start = position + 1
        }
        append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        append(byte: UInt8(ascii: "\""))
    }

    @inline(__always) private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func append(jsonEscape byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\r"): append("\\r")
        case UInt8(ascii: "\t"): append("\\t")
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        default:
            append("\\u00")
            append(byte: hexDigit(byte >> 4))
            append(byte: hexDigit(byte & 15))
        }
    }
}
