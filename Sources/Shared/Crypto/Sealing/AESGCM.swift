import COpenSSL

/// AES-GCM with nonces that the caller chooses: for formats that prescribe them. To keep values secret, use `SealingKey`.
public enum AESGCM {
    public static let nonceBytes = 12
    public static let tagBytes = 16

    /// The ciphertext with its tag behind it. A nonce must never be used twice with one key.
    public static func seal(
        _ plain: some ByteSource, key: SecretBytes, nonce: [UInt8], authenticating context: some ByteSource = [UInt8]()
    ) -> [UInt8] {
        let cipher = begin(key: key, nonce: nonce, encrypting: 1)
        defer { EVP_CIPHER_CTX_free(cipher) }
        authenticate(context, with: cipher)
        return plain.withOctets { bytes, count in
            [UInt8](unsafeUninitializedCapacity: count + tagBytes) { target, written in
                let base = must(target.baseAddress, "allocation")
                var size: Int32 = 0
                must(EVP_CipherUpdate(cipher, base, &size, bytes, Int32(count)), "EVP_CipherUpdate")
                must(EVP_CipherFinal_ex(cipher, base + count, &size), "EVP_CipherFinal_ex")
                must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, base + count), "EVP_CTRL_AEAD_GET_TAG")
                written = count + tagBytes
            }
        }
    }

    /// The plaintext; nil when the key, the nonce, the context or a single bit is another.
    public static func open(
        _ sealed: some ByteSource, key: SecretBytes, nonce: [UInt8], authenticating context: some ByteSource = [UInt8]()
    ) -> [UInt8]? {
        let cipher = begin(key: key, nonce: nonce, encrypting: 0)
        defer {
            EVP_CIPHER_CTX_free(cipher)
            ERR_clear_error()
        }
        authenticate(context, with: cipher)
        return sealed.withOctets { bytes, total in
            let count = total - tagBytes
            guard count >= 0 else { return nil }
            var genuine = false
            let plain = [UInt8](unsafeUninitializedCapacity: count) { target, written in
                genuine = decrypt(bytes, count: count, into: target.baseAddress, with: cipher)
                written = genuine ? count : 0
            }
            return genuine ? plain : nil
        }
    }

    private static func decrypt(
        _ bytes: UnsafePointer<UInt8>, count: Int, into target: UnsafeMutablePointer<UInt8>?, with cipher: OpaquePointer
    ) -> Bool {
        var tag = [UInt8](UnsafeBufferPointer(start: bytes + count, count: tagBytes))
        var size: Int32 = 0
        var nothing: UInt8 = 0
        must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, 16, &tag), "EVP_CTRL_AEAD_SET_TAG")
        if count > 0 { must(EVP_CipherUpdate(cipher, target, &size, bytes, Int32(count)), "EVP_CipherUpdate") }
        if EVP_CipherFinal_ex(cipher, &nothing, &size) == 1 { return true }
        // Nobody may see what was decrypted before its tag was found wrong.
        OPENSSL_cleanse(target, count)
        return false
    }

    private static func begin(key: SecretBytes, nonce: [UInt8], encrypting: Int32) -> OpaquePointer {
        precondition(nonce.count == nonceBytes, "a nonce of AES-GCM has 12 bytes")
        let cipher = must(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")
        let method = cipherMethod(keyBytes: key.count)
        key.withOctets { key, _ in
            must(EVP_CipherInit_ex2(cipher, method, key, nonce, encrypting, nil), "EVP_CipherInit_ex2")
        }
        return cipher
    }

    private static func authenticate(_ context: some ByteSource, with cipher: OpaquePointer) {
        context.withOctets { bytes, count in
            var size: Int32 = 0
            guard count > 0 else { return }
            must(EVP_CipherUpdate(cipher, nil, &size, bytes, Int32(count)), "EVP_CipherUpdate")
        }
    }

    private static func cipherMethod(keyBytes: Int) -> OpaquePointer {
        switch keyBytes {
        case 16: Fetched.aes128GCM.pointer
        case 32: Fetched.aes256GCM.pointer
        default: preconditionFailure("a key of AES-GCM has 16 or 32 bytes here")
        }
    }
}
