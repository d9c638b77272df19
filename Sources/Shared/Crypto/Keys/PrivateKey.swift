import COpenSSL

/// An RSA or P-256 key that signs and agrees.
public struct PrivateKey: Sendable {
    let handle: KeyHandle

    /// PKCS #8, PKCS #1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY").
    public init(pem: some ByteSource, passphrase: SecretBytes? = nil) throws(KeyError) {
        let pointer = KeyHandle.readPEM(pem, selection: copenssl_keypair_selection(), passphrase: passphrase)
        try self.init(handle: KeyHandle(owning: pointer))
    }

    /// The 32 bytes of a P-256 scalar, as Web Push keys come.
    public init(p256Scalar scalar: some ByteSource) throws(KeyError) {
        guard let point = P256.publicPoint(ofScalar: scalar) else { throw .invalidPoint }
        let pointer = scalar.withOctets { bytes, count in
            let number = must(BN_secure_new(), "BN_secure_new")
            defer { BN_clear_free(number) }
            BN_bin2bn(bytes, Int32(count), number)
            return P256.build(point: point, scalar: number, selection: copenssl_keypair_selection())
        }
        try self.init(handle: KeyHandle(owning: pointer))
    }

    /// A key from which nothing private could be used must not pass for a private one.
    private init(handle: KeyHandle) throws(KeyError) {
        var secret: OpaquePointer?
        defer { BN_clear_free(secret) }
        let name = handle.kind == .rsa ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_PRIV_KEY
        guard EVP_PKEY_get_bn_param(handle.pointer, name, &secret) == 1 else {
            ERR_clear_error()
            throw .unreadable
        }
        self.handle = handle
    }

    /// A new key.
    public init(generating kind: KeyKind, bits: Int = 2048) throws(KeyError) {
        let context = EVP_PKEY_CTX_new_from_name(nil, kind == .rsa ? "RSA" : "EC", nil)
        defer { EVP_PKEY_CTX_free(context) }
        must(EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
        switch kind {
        case .rsa: must(EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)), "EVP_PKEY_CTX_set_rsa_keygen_bits")
        case .p256: must(EVP_PKEY_CTX_set_group_name(context, "prime256v1"), "EVP_PKEY_CTX_set_group_name")
        }
        var pointer: OpaquePointer?
        must(EVP_PKEY_generate(context, &pointer), "EVP_PKEY_generate")
        try self.init(handle: KeyHandle(owning: pointer))
    }

    public var kind: KeyKind { handle.kind }

    public var publicKey: PublicKey { PublicKey(handle: handle) }

    /// PKCS #8, not encrypted.
    public var pem: String {
        writePEM { PEM_write_bio_PKCS8PrivateKey($0, handle.pointer, nil, nil, 0, nil, nil) }
    }

    /// RSA: PKCS #1 v1.5. P-256: r and s, 32 bytes each, as JOSE has it. Both over SHA-256.
    public func sign(_ source: some ByteSource) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        must(EVP_DigestSignInit_ex(context, nil, "SHA256", nil, nil, handle.pointer, nil), "EVP_DigestSignInit_ex")
        let signature = source.withOctets { bytes, count in
            var size = Int(EVP_PKEY_get_size(handle.pointer))
            return [UInt8](unsafeUninitializedCapacity: size) { target, written in
                must(EVP_DigestSign(context, target.baseAddress, &size, bytes, count), "EVP_DigestSign")
                written = size
            }
        }
        return kind == .rsa ? signature : P256.joseSignature(fromDER: signature)
    }

    /// The x coordinate that both sides of a P-256 agreement (ECDH) find.
    public func sharedSecret(with peer: PublicKey) throws(KeyError) -> SecretBytes {
        guard kind == .p256, peer.kind == .p256 else { throw .unsupportedKind }
        let context = EVP_PKEY_CTX_new_from_pkey(nil, handle.pointer, nil)
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer.handle.pointer) == 1 else {
            ERR_clear_error()
            throw .invalidPoint
        }
        return SecretBytes(count: 32) { target in
            var count = target.count
            let octets = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            must(EVP_PKEY_derive(context, octets, &count), "EVP_PKEY_derive")
        }
    }
}

/// The text that `write` puts out.
func writePEM(_ write: (OpaquePointer?) -> Int32) -> String {
    let output = must(BIO_new(BIO_s_mem()), "BIO_new")
    defer { BIO_free(output) }
    must(write(output), "PEM_write_bio")
    let size = BIO_ctrl_pending(output)
    return String(unsafeUninitializedCapacity: size) { target in
        Int(BIO_read(output, target.baseAddress, Int32(target.count)))
    }
}
