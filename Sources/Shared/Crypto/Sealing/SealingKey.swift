/// A key that keeps stored values secret and untouched, and the number by which sealed values name it.
public struct SealingKey: Sendable {
    public let id: UInt8
    let secret: SecretBytes

    /// 32 bytes.
    public init(id: UInt8, secret: SecretBytes) throws(KeyError) {
        guard secret.count == 32 else { throw .unsafeSize(bits: secret.count * 8) }
        self.id = id
        self.secret = secret
    }

    public static func random(id: UInt8) -> SealingKey { SealingKey(id: id, checked: .random(count: 32)) }

    /// A key of its own for one purpose, so that a value sealed for another does not open.
    public func derived(for purpose: String) -> SealingKey {
        SealingKey(id: id, checked: HKDF.derive(from: secret, purpose: purpose, count: 32))
    }

    private init(id: UInt8, checked secret: SecretBytes) {
        self.id = id
        self.secret = secret
    }
}

/// Why a sealed value does not open.
public enum SealError: Error, Equatable {
    /// Not made by `SealingKeys.seal`.
    case malformed
    /// Sealed with a key that is no longer, or not yet, in the ring.
    case unknownKey(id: UInt8)
    /// The value, or what it was sealed for, was changed; or the key of that id is another.
    case tampered
}

/// The key that seals, and older ones that still open: AES-256-GCM with random nonces, good for 2³² values a key.
public struct SealingKeys: Sendable {
    // version · key id · nonce (12) · ciphertext · tag (16)
    private static let version: UInt8 = 1
    private static let prefixBytes = 2 + AESGCM.nonceBytes
    /// By how much a sealed value is longer than what is in it.
    public static let overhead = prefixBytes + AESGCM.tagBytes

    private let current: SealingKey
    private let byID: [UInt8: SealingKey]

    public init(current: SealingKey, older: [SealingKey] = []) {
        self.current = current
        byID = Dictionary(
            ([current] + older).map { ($0.id, $0) },
            uniquingKeysWith: { _, _ in preconditionFailure("two sealing keys with one id") })
    }

    /// `context` is not stored: whoever opens the value must name it again. Give the row or the job it belongs to, so that
    /// a sealed value cannot be moved to another.
    public func seal(_ plain: some ByteSource, context: some ByteSource) -> [UInt8] {
        let nonce = SecureRandom.bytes(AESGCM.nonceBytes)
        let prefix = [SealingKeys.version, current.id]
        return prefix + nonce
            + AESGCM.seal(plain, key: current.secret, nonce: nonce, authenticating: prefix + context.byteArray)
    }

    public func open(_ sealed: some ByteSource, context: some ByteSource) throws(SealError) -> [UInt8] {
        let sealed = sealed.byteArray
        guard sealed.count >= SealingKeys.overhead, sealed[0] == SealingKeys.version else { throw .malformed }
        guard let key = byID[sealed[1]] else { throw .unknownKey(id: sealed[1]) }
        let nonce = Array(sealed[2..<SealingKeys.prefixBytes])
        let plain = AESGCM.open(
            sealed[SealingKeys.prefixBytes...], key: key.secret, nonce: nonce,
            authenticating: Array(sealed[..<2]) + context.byteArray)
        guard let plain else { throw .tampered }
        return plain
    }

    /// The number of the key that a value is sealed with; nil when it is no sealed value.
    public static func keyID(of sealed: [UInt8]) -> UInt8? {
        sealed.count >= overhead && sealed[0] == version ? sealed[1] : nil
    }

    /// Whether a value should be sealed again because another key is current now.
    public func isOutdated(_ sealed: [UInt8]) -> Bool { sealed.count < 2 || sealed[1] != current.id }
}
