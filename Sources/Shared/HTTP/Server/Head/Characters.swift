/// Which bytes may stand where, as sets of bits: a look-up costs a shift.
enum Characters {
    /// Of a name or a method: RFC 9110's tchar.
    @inline(__always) static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, 0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
    }

    /// Of a path: visible, and none of `"#<>\?`.
    @inline(__always) static func isPath(_ byte: UInt8) -> Bool {
        contains(byte, 0x2FFF_FFF2_0000_0000, 0x7FFF_FFFF_EFFF_FFFF)
    }

    /// Of a query: visible, and none of `"#<>`. Browsers send the rest as it is.
    @inline(__always) static func isQuery(_ byte: UInt8) -> Bool {
        contains(byte, 0xAFFF_FFF2_0000_0000, 0x7FFF_FFFF_FFFF_FFFF)
    }

    /// Of a host's name or address and its port: what RFC 3986 has for them, without user and percent.
    @inline(__always) static func isHost(_ byte: UInt8) -> Bool {
        contains(byte, 0x07FF_6000_0000_0000, 0x07FF_FFFE_AFFF_FFFE)
    }

    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    @inline(__always) static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - 0x30 }
        let letter = byte | 0x20
        return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : nil
    }

    @inline(__always) static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    @inline(__always) private static func contains(_ byte: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
    }
}

extension RawSpan {
    /// Checked, as the whole parser's access is: it reads what strangers send.
    @inline(__always) subscript(position: Int) -> UInt8 { unsafeLoad(fromByteOffset: position, as: UInt8.self) }

    /// The first byte from `start` on that no line holds: a control character other than the tab. Eight at a time.
    @inline(__always) func firstControl(from start: Int, to end: Int) -> Int {
        var position = start
        while position &+ 8 <= end {
            let word = unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
            let below = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let found = (below | ((delete &- 0x0101_0101_0101_0101) & ~delete)) & 0x8080_8080_8080_8080
            if found == 0 {
                position &+= 8
                continue
            }
            position &+= found.trailingZeroBitCount >> 3
            if self[position] != 0x09 { return position }
            position &+= 1
        }
        while position < end {
            let byte = self[position]
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return position }
            position &+= 1
        }
        return end
    }

    /// Where the line that begins at `start` ends, with CR and LF before `limit`; nil while it does not.
    @inline(__always) func lineEnd(from start: Int, to limit: Int) throws(Refusal) -> Int? {
        let end = firstControl(from: start, to: limit)
        guard end < limit else { return nil }
        switch self[end] {
        case 0x0D: break
        case 0x0A: throw Refusal(400, "a line ends with LF alone")
        default: throw Refusal(400, "a control character")
        }
        guard end &+ 1 < limit else { return nil }
        guard self[end &+ 1] == 0x0A else { throw Refusal(400, "a line ends with CR alone") }
        return end
    }

    /// Whether these bytes are the word, which is given in lower case.
    @inline(__always) func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count
        where Characters.lower(self[range.lowerBound &+ offset]) != word.utf8Start[offset] { return false }
        return true
    }

    /// The range without blanks at its ends.
    @inline(__always) func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, Characters.isBlank(self[start]) { start &+= 1 }
        while end > start, Characters.isBlank(self[end &- 1]) { end &-= 1 }
        return start..<end
    }
}
