/// Base32 without padding (RFC 4648, section 6): how authenticator apps take their secrets.
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    public static func encode(_ source: some ByteSource) -> String {
        var text = ""
        var bits: UInt32 = 0
        var held: UInt32 = 0
        func put(_ value: UInt32) { text.unicodeScalars.append(Unicode.Scalar(alphabet[Int(value & 31)])) }
        source.withBytes { bytes in
            for byte in bytes {
                bits = bits << 8 | UInt32(byte)
                held += 8
                while held >= 5 {
                    held -= 5
                    put(bits >> held)
                }
            }
        }
        if held > 0 { put(bits << (5 - held)) }
        return text
    }

    /// Either case, and padding at the end, since people and apps write both; anything else is nil.
    public static func decode(_ text: some ByteSource) -> [UInt8]? {
        let text = text.byteArray
        let characters = text.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.dropFirst(characters.count)
        guard padding.isEmpty || (characters.count + padding.count) % 8 == 0,
            padding.allSatisfy({ $0 == UInt8(ascii: "=") }), ![1, 3, 6].contains(characters.count % 8)
        else { return nil }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for character in characters {
            guard let value = value(of: character) else { return nil }
            bits = bits << 5 | value
            held += 5
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        return bits & (1 << held - 1) == 0 ? bytes : nil
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): UInt32(character - UInt8(ascii: "2") + 26)
        default: nil
        }
    }
}
