import COpenSSL

/// Randomness for keys and tokens, from OpenSSL's generator.
public enum SecureRandom {
    public static func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard let start = target.baseAddress, target.count > 0 else { return }
        let filled = RAND_bytes(start.assumingMemoryBound(to: UInt8.self), Int32(target.count))
        precondition(filled == 1, "no secure randomness: \(openSSLComplaint())")
    }

    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { target, written in
            fill(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: target[..<count])))
            written = count
        }
    }

    /// A token for URLs and headers: base64url of `bytes` random bytes.
    public static func token(bytes count: Int = 32) -> String { Base64URL.encode(bytes(count)) }

    /// Decimal digits, each equally likely: for codes that people type.
    public static func digits(_ count: Int) -> String {
        var text = ""
        while text.utf8.count < count {
            // 250 is the largest multiple of ten in a byte: the rest would favour small digits.
            for byte in bytes(count) where byte < 250 && text.utf8.count < count {
                text.append(Character(Unicode.Scalar(UInt8(ascii: "0") + byte % 10)))
            }
        }
        return text
    }
}
