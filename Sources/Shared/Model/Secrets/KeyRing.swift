import Crypto
import Runtime

/// Keyed hashes for one purpose: the newest key makes them, all of them recognise one.
struct KeyRing: Sendable {
    private let newest: HMAC
    private let all: [HMAC]

    init(_ masters: MasterKeys, for purpose: String) {
        self.init(masters.keys.map { HKDF.derive(from: $0.secret, purpose: "switchyard.\(purpose)", count: 32) })
    }

    init(_ secrets: [SecretBytes]) {
        all = secrets.map { HMAC(.sha256, key: $0) }
        guard let newest = all.first else { preconditionFailure("a ring without a key") }
        self.newest = newest
    }

    /// 32 bytes.
    func digest(_ bytes: some ByteSource) -> [UInt8] { newest.authenticate(bytes) }

    /// What each key makes of it: to find what an older one was used for.
    func digests(_ bytes: some ByteSource) -> [[UInt8]] { all.map { $0.authenticate(bytes) } }

    func recognises(_ digest: some ByteSource, of bytes: some ByteSource) -> Bool {
        // All are tried, so that the time does not tell which key it was.
        all.reduce(false) { $1.verify(digest, of: bytes) || $0 }
    }
}

/// Texts that only we can make, each naming a row: what stands in links and in the answers of a sign-in's first half.
///
/// The row says whether the token still counts; nothing of the token is stored, so nothing can be read out of a stolen table
/// or a job.
struct TokenMint: Sendable {
    private let ring: KeyRing

    init(_ masters: MasterKeys, for purpose: String) { ring = KeyRing(masters, for: "token.\(purpose)") }

    func token<Thing>(for id: ID<Thing>) -> String {
        let name = id.uuid.byteArray
        return Base64URL.encode(name + ring.digest(name))
    }

    /// Whose token it is; nil for any that we have not made for this purpose.
    func id<Thing>(in token: String, of type: Thing.Type = Thing.self) -> ID<Thing>? {
        guard token.utf8.count == 64, let bytes = Base64URL.decode(token), bytes.count == 48,
            ring.recognises(bytes[16...], of: bytes[..<16])
        else { return nil }
        return ID(bytes[..<16].withUnsafeBytes { UUID(bytes: $0) })
    }
}

extension UUID {
    /// In network order.
    var byteArray: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
    }
}
