import COpenSSL

/// An RSA or P-256 key that verifies.
public struct PublicKey: Sendable {
    let handle: KeyHandle

    init(handle: KeyHandle) { self.handle = handle }

    /// "PUBLIC KEY" (X.509) or "RSA PUBLIC KEY" (PKCS #1).
    public init(pem: some ByteSource) throws(KeyError) {
        let pointer = KeyHandle.readPEM(pem, selection: copenssl_public_key_selection())
        handle = try KeyHandle(owning: pointer)
    }

    /// Modulus and exponent as big-endian numbers, as JWK has them.
    public init(rsaModulus modulus: some ByteSource, exponent: some ByteSource) throws(KeyError) {
        let numbers = (bigNumber(modulus), bigNumber(exponent))
        defer {
            BN_free(numbers.0)
            BN_free(numbers.1)
        }
        let pointer = KeyHandle.build("RSA", selection: copenssl_public_key_selection()) { builder in
            OSSL_PARAM_BLD_push_BN(builder, modulusName.cString, numbers.0) == 1
                && OSSL_PARAM_BLD_push_BN(builder, exponentName.cString, numbers.1) == 1
        }
        handle = try KeyHandle(owning: pointer)
    }

    /// 65 bytes: 4, x, y, as Web Push has it.
    public init(p256Point point: some ByteSource) throws(KeyError) {
        let bytes = point.byteArray
        guard bytes.count == 65, bytes[0] == 4,
            let pointer = P256.build(point: bytes, scalar: nil, selection: copenssl_public_key_selection())
        else { throw .invalidPoint }
        handle = try KeyHandle(owning: pointer)
    }

    public var kind: KeyKind { handle.kind }

    /// "PUBLIC KEY".
    public var pem: String { writePEM { PEM_write_bio_PUBKEY($0, handle.pointer) } }

    /// 65 bytes (4, x, y); only of a P-256 key.
    public var p256Point: [UInt8]? {
        guard kind == .p256 else { return nil }
        return [4] + handle.number(OSSL_PKEY_PARAM_EC_PUB_X, width: 32)
            + handle.number(OSSL_PKEY_PARAM_EC_PUB_Y, width: 32)
    }

    /// Whether `signature`, in the form that `PrivateKey.sign` gives it, is of `source`.
    public func verify(_ signature: some ByteSource, of source: some ByteSource) -> Bool {
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        must(EVP_DigestVerifyInit_ex(context, nil, "SHA256", nil, nil, handle.pointer, nil), "EVP_DigestVerifyInit_ex")
        guard let native = kind == .rsa ? signature.byteArray : P256.derSignature(fromJOSE: signature) else {
            return false
        }
        return source.withOctets { bytes, count in
            EVP_DigestVerify(context, native, native.count, bytes, count) == 1
        }
    }
}

private let modulusName: StaticString = "n"
private let exponentName: StaticString = "e"

/// The caller frees it.
private func bigNumber(_ source: some ByteSource) -> OpaquePointer? {
    source.withOctets { BN_bin2bn($0, Int32($1), nil) }
}
