/// The signatures of JSON Web Tokens that are understood. A key has exactly one; a token never chooses.
public enum TokenAlgorithm: String, Sendable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
}

/// A key that signs tokens.
public struct TokenSigningKey: Sendable {
    private enum Material {
        case shared(HMAC)
        case pair(PrivateKey)
    }

    public let id: String?
    public let algorithm: TokenAlgorithm
    private let material: Material
    private let headers: TokenHeader.Encoder

    /// HS256. The secret must have at least 32 bytes: RFC 7518 asks for it, and shorter ones can be guessed offline.
    public init(secret: some ByteSource, id: String? = nil) throws(KeyError) {
        try self.init(.shared(tokenHMAC(secret)), .hs256, id)
    }

    /// RS256 or ES256, as the key is.
    public init(_ key: PrivateKey, id: String? = nil) {
        self.id = id
        algorithm = key.kind == .rsa ? .rs256 : .es256
        material = .pair(key)
        headers = TokenHeader.Encoder(algorithm: algorithm, keyID: id)
    }

    private init(_ material: Material, _ algorithm: TokenAlgorithm, _ id: String?) {
        self.id = id
        self.algorithm = algorithm
        self.material = material
        headers = TokenHeader.Encoder(algorithm: algorithm, keyID: id)
    }

    /// The compact form of a token whose claims are the JSON object `payload`.
    public func sign(_ payload: some ByteSource, type: StaticString = "JWT") -> String {
        let input = headers.encoded(type: type) + "." + Base64URL.encode(payload)
        let signature =
            switch material {
            case .shared(let hmac): hmac.authenticate(input)
            case .pair(let key): key.sign(input)
            }
        return input + "." + Base64URL.encode(signature)
    }

    /// The key that checks what this one signed.
    public var verifyingKey: TokenVerifyingKey {
        switch material {
        case .shared(let hmac): TokenVerifyingKey(hmac, id: id)
        case .pair(let key): TokenVerifyingKey(key.publicKey, id: id)
        }
    }
}

/// A key that checks tokens, for the one algorithm that it is made for.
public struct TokenVerifyingKey: Sendable {
    private enum Material {
        case shared(HMAC)
        case open(PublicKey)
    }

    public let id: String?
    public let algorithm: TokenAlgorithm
    private let material: Material

    /// HS256, with at least 32 bytes.
    public init(secret: some ByteSource, id: String? = nil) throws(KeyError) {
        self.init(try tokenHMAC(secret), id: id)
    }

    /// RS256 or ES256, as the key is.
    public init(_ key: PublicKey, id: String? = nil) {
        self.id = id
        algorithm = key.kind == .rsa ? .rs256 : .es256
        material = .open(key)
    }

    init(_ hmac: HMAC, id: String?) {
        self.id = id
        algorithm = .hs256
        material = .shared(hmac)
    }

    func accepts(_ signature: [UInt8], of input: UnsafeRawBufferPointer) -> Bool {
        switch material {
        case .shared(let hmac): hmac.verify(signature, of: input)
        case .open(let key): key.verify(signature, of: input)
        }
    }
}

private func tokenHMAC(_ secret: some ByteSource) throws(KeyError) -> HMAC {
    let count = secret.withBytes { $0.count }
    guard count >= 32 else { throw .unsafeSize(bits: count * 8) }
    return HMAC(.sha256, key: secret)
}
