/// Keys out of a secret (RFC 5869) with SHA-256.
public enum HKDF {
    /// A fixed-length key out of a secret of any shape.
    public static func extract(_ secret: some ByteSource, salt: some ByteSource) -> SecretBytes {
        var key = HMAC.authenticate(secret, with: .sha256, key: salt)
        defer { wipe(&key) }
        return SecretBytes(copying: key)
    }

    /// As many bytes as wanted, at most 8,160, for one purpose.
    public static func expand(_ key: SecretBytes, purpose: some ByteSource, count: Int) -> SecretBytes {
        precondition(count <= 255 * 32, "HKDF gives at most 8,160 bytes")
        let hmac = HMAC(.sha256, key: key)
        var output: [UInt8] = []
        output.reserveCapacity(count + 32)
        var block: [UInt8] = []
        for number in 0..<(count + 31) / 32 {
            block = hmac.authenticate(block + purpose.byteArray + [UInt8(number + 1)])
            output += block
        }
        defer {
            wipe(&output)
            wipe(&block)
        }
        return SecretBytes(copying: output[..<count])
    }

    public static func derive(
        from secret: some ByteSource, salt: some ByteSource = [UInt8](), purpose: some ByteSource, count: Int
    ) -> SecretBytes {
        expand(extract(secret, salt: salt), purpose: purpose, count: count)
    }
}
