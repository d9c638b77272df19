import Runtime

/// The bytes between the quotes of a JSON string, once they are known to be valid.
enum JSONText {
    /// What the escapes stand for. `raw` has passed the reader's checks.
    static func decoded(_ raw: UnsafeRawBufferPointer) -> String {
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: raw.count) { target in
            decode(raw, into: UnsafeMutableRawBufferPointer(target))
        }
    }

    /// Writes the text `raw` stands for, which is never longer than `raw`, and answers its length.
    static func decode(_ raw: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
        var read = 0
        var written = 0
        func put(_ byte: UInt8) {
            target[written] = byte
            written += 1
        }
        while read < raw.count {
            let byte = raw[read]
            read += 1
            guard byte == UInt8(ascii: "\\"), read < raw.count else {
                put(byte)
                continue
            }
            let escape = raw[read]
            read += 1
            if escape == UInt8(ascii: "u") {
                for unit in UTF8.encode(scalar(in: raw, at: &read)) ?? UTF8.encodedReplacementCharacter { put(unit) }
            } else {
                put(plain(escape))
            }
        }
        return written
    }

    /// The character behind a one-letter escape.
    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "r"): 13
        default: escape
        }
    }

    /// Reads `XXXX`, and the second half of a surrogate pair.
    private static func scalar(in raw: UnsafeRawBufferPointer, at position: inout Int) -> Unicode.Scalar {
        let first = unit(in: raw, at: position) ?? 0
        position += 4
        guard first & 0xFC00 == 0xD800, let second = unit(in: raw, at: position + 2) else {
            return Unicode.Scalar(first) ?? "\u{FFFD}"
        }
        position += 6
        return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF) ?? "\u{FFFD}"
    }

    /// Four hexadecimal digits; nil where they are not.
    static func unit(in bytes: UnsafeRawBufferPointer, at position: Int) -> UInt32? {
        guard position >= 0, position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for offset in position..<position + 4 {
            guard let digit = hexValue(bytes[offset]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// How many bytes the escape at `position` (a backslash) has, with the second half of a pair; nil if it is none.
    static func escapeLength(in bytes: UnsafeRawBufferPointer, at position: Int) -> Int? {
        guard position + 1 < bytes.count else { return nil }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard let first = unit(in: bytes, at: position + 2) else { return nil }
            guard first & 0xF800 == 0xD800 else { return 6 }
            return isPair(first, in: bytes, at: position + 6) ? 12 : nil
        default:
            return nil
        }
    }

    private static func isPair(_ first: UInt32, in bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
        guard first & 0xFC00 == 0xD800, position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u"), let second = unit(in: bytes, at: position + 2)
        else { return false }
        return second & 0xFC00 == 0xDC00
    }
}
