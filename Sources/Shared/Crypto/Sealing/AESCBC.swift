import COpenSSL

/// AES in CBC mode with PKCS#7 padding, for formats of others that prescribe it. It proves nothing about who wrote what.
public enum AESCBC {
    public static func encrypt(_ plain: some ByteSource, key: some ByteSource, iv: [UInt8]) -> [UInt8] {
        run(plain, key, iv, encrypting: 1) ?? []
    }

    /// Nil where the padding, or the length, is none.
    public static func decrypt(_ sealed: some ByteSource, key: some ByteSource, iv: [UInt8]) -> [UInt8]? {
        run(sealed, key, iv, encrypting: 0)
    }

    private static func run(
        _ source: some ByteSource, _ key: some ByteSource, _ iv: [UInt8], encrypting: Int32
    ) -> [UInt8]? {
        precondition(iv.count == 16, "a block of AES has 16 bytes")
        let cipher = must(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        defer {
            EVP_CIPHER_CTX_free(cipher)
            ERR_clear_error()
        }
        key.withOctets { bytes, count in
            precondition(count == 16 || count == 32, "a key of AES has 16 or 32 bytes")
            let method = count == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc()
            must(EVP_CipherInit_ex2(cipher, method, bytes, iv, encrypting, nil), "EVP_CipherInit_ex2")
        }
        return source.withOctets { bytes, count in
            var target = [UInt8](repeating: 0, count: count + 32)
            var (written, last): (Int32, Int32) = (0, 0)
            guard EVP_CipherUpdate(cipher, &target, &written, bytes, Int32(count)) == 1 else { return nil }
            let isWhole = target.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.map { EVP_CipherFinal_ex(cipher, $0 + Int(written), &last) == 1 } ?? false
            }
            return isWhole ? Array(target.prefix(Int(written + last))) : nil
        }
    }
}
