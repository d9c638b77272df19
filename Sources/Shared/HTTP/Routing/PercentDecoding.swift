import Runtime

/// Decodes `%41` strictly: two hexadecimal digits behind every percent sign, and UTF-8 in the end.
enum PercentDecoding {
    /// Nil where that fails.
    static func text(_ encoded: Substring, plusIsSpace: Bool = false) -> Substring? {
        let isPlain = encoded.utf8.allSatisfy { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") }
        if isPlain { return encoded }
        var bytes: [UInt8] = []
        var encoded = encoded
        let isWhole = encoded.withUTF8 {
            append(UnsafeRawBufferPointer($0), to: &bytes, plusIsSpace: plusIsSpace)
        }
        return isWhole ? String(validating: bytes, as: UTF8.self)?[...] : nil
    }

    /// False where an escape is none.
    static func append(
        _ encoded: UnsafeRawBufferPointer, to bytes: inout [UInt8], plusIsSpace: Bool = false
    ) -> Bool {
        bytes.reserveCapacity(bytes.count + encoded.count)
        var position = 0
        while position < encoded.count {
            let byte = encoded[position]
            position += 1
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard position + 2 <= encoded.count, let high = hexValue(encoded[position]),
                    let low = hexValue(encoded[position + 1])
                else { return false }
                bytes.append(high << 4 | low)
                position += 2
            default: bytes.append(byte)
            }
        }
        return true
    }
}
