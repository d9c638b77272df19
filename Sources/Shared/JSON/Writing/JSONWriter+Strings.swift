import Runtime

extension JSONWriter {
    public mutating func value(_ text: String) {
        var text = text
        text.withUTF8 { value(UnsafeRawBufferPointer($0)) }
    }

    /// A string by its bytes, which are UTF-8.
    mutating func value(_ text: UnsafeRawBufferPointer) {
        let separates = needsComma
        var plain = 0
        // Room for the comma and both quotes: enough where nothing needs an escape.
        out.append(room: text.count + 3) { target in
            var at = 0
            if separates {
                target[0] = UInt8(ascii: ",")
                at = 1
            }
            target[at] = UInt8(ascii: "\"")
            plain = copyPlain(text, to: UnsafeMutableRawBufferPointer(rebasing: target[(at + 1)...]))
            at += 1 + plain
            guard plain == text.count else { return at }
            target[at] = UInt8(ascii: "\"")
            return at + 1
        }
        if plain < text.count { escaped(UnsafeRawBufferPointer(rebasing: text[plain...])) }
        needsComma = true
    }

    /// The rest of a string from the first byte on that needs an escape, and the closing quote.
    @inline(never)
    private mutating func escaped(_ text: UnsafeRawBufferPointer) {
        out.reserve(text.count + text.count / 8 + 8)
        var run = 0
        for position in text.indices where Words.isStop(text[position]) {
            out.append(UnsafeRawBufferPointer(rebasing: text[run..<position]))
            run = position + 1
            escape(text[position])
        }
        out.append(UnsafeRawBufferPointer(rebasing: text[run...]))
        out.append(byte: UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): out.append("\\\"")
        case UInt8(ascii: "\\"): out.append("\\\\")
        case UInt8(ascii: "\n"): out.append("\\n")
        case UInt8(ascii: "\r"): out.append("\\r")
        case UInt8(ascii: "\t"): out.append("\\t")
        default:
            out.append("\\u00")
            out.append(byte: hexDigit(byte >> 4))
            out.append(byte: hexDigit(byte & 15))
        }
    }
}

/// Copies up to the first byte that needs an escape, and answers how many bytes that were.
@inline(__always)
private func copyPlain(_ text: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Int {
    guard let source = text.baseAddress, let target = target.baseAddress else { return 0 }
    let end = text.count
    var at = 0
    while at &+ 8 <= end {
        let word = Words.load(source, at)
        guard Words.stops(word) == 0 else { break }
        target.storeBytes(of: word.littleEndian, toByteOffset: at, as: UInt64.self)
        at &+= 8
    }
    while at < end {
        let byte = source.load(fromByteOffset: at, as: UInt8.self)
        if Words.isStop(byte) { break }
        target.storeBytes(of: byte, toByteOffset: at, as: UInt8.self)
        at &+= 1
    }
    return at
}
