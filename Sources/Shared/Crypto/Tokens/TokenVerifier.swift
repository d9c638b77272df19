/// Why a token is refused.
public enum TokenError: Error, Equatable {
    /// Not three base64url parts with an object first, or longer than allowed.
    case malformed
    /// It demands extensions that are not understood.
    case unsupported
    /// It names a key that is not ours, or no key where several could be meant.
    case unknownKey
    /// Another algorithm than the key's: `none`, and public keys passed off as shared secrets, end here.
    case wrongAlgorithm
    case wrongSignature
}

/// A token whose signature is right. Its claims are for the caller to read and to check: times, issuer, audience.
public struct VerifiedToken: Sendable {
    /// The JSON of the claims.
    public let payload: [UInt8]
    public let keyID: String?
    public let type: String?
}

/// Checks tokens against the keys that are valid at the moment; several while keys are rotated.
public struct TokenVerifier: Sendable {
    private let keys: [TokenVerifyingKey]
    private let byID: [String: TokenVerifyingKey]
    private let maximumBytes: Int

    public init(_ keys: [TokenVerifyingKey], maximumBytes: Int = 16384) {
        self.keys = keys
        self.maximumBytes = maximumBytes
        byID = Dictionary(
            keys.compactMap { key in key.id.map { ($0, key) } },
            uniquingKeysWith: { _, _ in preconditionFailure("two token keys with one id") })
    }

    /// A token that names its key is checked by that key alone; one that names none only where there is but one key.
    public func verify(_ token: some ByteSource) throws(TokenError) -> VerifiedToken {
        try token.withBytes { bytes in Result { () throws(TokenError) in try verify(bytes: bytes) } }.get()
    }

    private func verify(bytes: UnsafeRawBufferPointer) throws(TokenError) -> VerifiedToken {
        guard bytes.count <= maximumBytes else { throw .malformed }
        let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
        guard dots.count == 2,
            let headerJSON = Base64URL.decode(UnsafeRawBufferPointer(rebasing: bytes[..<dots[0]])),
            let payload = Base64URL.decode(UnsafeRawBufferPointer(rebasing: bytes[(dots[0] + 1)..<dots[1]])),
            let signature = Base64URL.decode(UnsafeRawBufferPointer(rebasing: bytes[(dots[1] + 1)...])),
            let header = TokenHeader(json: headerJSON)
        else { throw .malformed }
        guard !header.demandsExtensions else { throw .unsupported }
        let key = try key(for: header)
        guard header.algorithm == key.algorithm.rawValue else { throw .wrongAlgorithm }
        let signed = UnsafeRawBufferPointer(rebasing: bytes[..<dots[1]])
        guard key.accepts(signature, of: signed) else { throw .wrongSignature }
        return VerifiedToken(payload: payload, keyID: header.keyID, type: header.type)
    }

    private func key(for header: TokenHeader) throws(TokenError) -> TokenVerifyingKey {
        if let id = header.keyID, let key = byID[id] { return key }
        // A single key without an id takes tokens whatever they call their key.
        guard keys.count == 1, let only = keys.first, header.keyID == nil || only.id == nil else { throw .unknownKey }
        return only
    }
}
