/// Base64 with padding (RFC 4648, section 4). Decoding is strict: no white space, no missing padding, no stray bits.
public enum Base64 {
    public static func encode(_ source: some ByteSource) -> String {
        source.withBytes { sextets(of: $0, alphabet: standardAlphabet, padded: true) }
    }

    public static func decode(_ text: some ByteSource) -> [UInt8]? {
        text.withBytes { text in
            guard text.count % 4 == 0 else { return nil }
            let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
            return octets(of: UnsafeRawBufferPointer(rebasing: text.dropLast(padding)), values: standardValues)
        }
    }
}

/// Base64 for URLs (RFC 4648, section 5), never padded. Decoding is strict.
public enum Base64URL {
    public static func encode(_ source: some ByteSource) -> String {
        source.withBytes { sextets(of: $0, alphabet: urlAlphabet, padded: false) }
    }

    public static func decode(_ text: some ByteSource) -> [UInt8]? {
        text.withBytes { octets(of: $0, values: urlValues) }
    }
}

private let standardAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
private let urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
private let standardValues = values(of: standardAlphabet)
private let urlValues = values(of: urlAlphabet)
private let notInAlphabet: UInt8 = 0xFF

private func values(of alphabet: [UInt8]) -> [UInt8] {
    var values = [UInt8](repeating: notInAlphabet, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
}

private func sextets(of bytes: UnsafeRawBufferPointer, alphabet: [UInt8], padded: Bool) -> String {
    let full = (bytes.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: full) { target in
        var position = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let present = min(3, bytes.count - start)
            var group = UInt32(bytes[start]) << 16
            if present > 1 { group |= UInt32(bytes[start + 1]) << 8 }
            if present > 2 { group |= UInt32(bytes[start + 2]) }
            for sextet in 0...present {
                target[position] = alphabet[Int(group >> UInt32(18 - 6 * sextet) & 63)]
                position += 1
            }
        }
        while padded && position < full {
            target[position] = UInt8(ascii: "=")
            position += 1
        }
        return position
    }
}

/// The bytes of a text without padding; nil where a character is foreign or a bit of the last one is unused but set.
private func octets(of text: UnsafeRawBufferPointer, values: [UInt8]) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var bits: UInt32 = 0
    var held: UInt32 = 0
    for character in text {
        let value = values[Int(character)]
        guard value != notInAlphabet else { return nil }
        bits = bits << 6 | UInt32(value)
        held += 6
        if held >= 8 {
            held -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> held))
        }
    }
    return bits & (1 << held - 1) == 0 ? bytes : nil
}
