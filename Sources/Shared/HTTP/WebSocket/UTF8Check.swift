/// Checks text that arrives in pieces: strict UTF-8 (RFC 3629), refused at the first byte that cannot be right.
struct UTF8Check {
    /// How many bytes of the present character are still to come, and where the next of them may lie.
    private var missing: UInt8 = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// Whether the text may end here.
    var isComplete: Bool { missing == 0 }

    /// Whether the text so far, with these bytes added, can still be UTF-8.
    mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        while position < bytes.count {
            if missing == 0 {
                position = Self.endOfASCII(bytes, from: position)
                guard position < bytes.count else { return true }
                guard begin(bytes[position]) else { return false }
            } else {
                guard bytes[position] >= lowest, bytes[position] <= highest else { return false }
                (lowest, highest) = (0x80, 0xBF)
                missing &-= 1
            }
            position &+= 1
        }
        return true
    }

    /// Whether the whole of `bytes` is UTF-8.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var check = UTF8Check()
        return check.accepts(bytes) && check.isComplete
    }

    /// The first byte of a character of several. Overlong forms, surrogates and what is above U+10FFFF are kept out by
    /// the range of the second byte.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lowest) = (2, 0xA0)
        case 0xE1...0xEC, 0xEE...0xEF: missing = 2
        case 0xED: (missing, highest) = (2, 0x9F)
        case 0xF0: (missing, lowest) = (3, 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }

    private static let highBits = SIMD4<UInt64>(repeating: 0x8080_8080_8080_8080)

    private static func endOfASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position &+ 32 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: position, as: SIMD4<UInt64>.self) & highBits == .zero
        { position &+= 32 }
        while position < bytes.count, bytes[position] < 0x80 { position &+= 1 }
        return position
    }
}
