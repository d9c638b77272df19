import Crypto
import Runtime

/// What a device gets its next access token with. It works once: each use brings its successor.
///
/// It names its session and its generation, and is made of both and the session's seed with a key that is not in the
/// database. So none is stored, an old one is told from a made-up one, and the successor of one can be given twice.
struct RefreshToken {
    let session: ID<Session>
    let generation: Int
    private let proof: [UInt8]

    init(_ session: ID<Session>, _ generation: Int, seed: [UInt8], _ ring: KeyRing) {
        self.session = session
        self.generation = generation
        proof = ring.digest(Self.statement(session, generation, seed))
    }

    /// Nil for what does not even look like one.
    init?(_ text: String) {
        guard text.utf8.count == 70, let bytes = Base64URL.decode(text), bytes.count == 52 else { return nil }
        session = ID(bytes[..<16].withUnsafeBytes { UUID(bytes: $0) })
        generation = Int(bytes[16..<20].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        proof = Array(bytes[20...])
    }

    var text: String { Base64URL.encode(Self.name(session, generation) + proof) }

    /// Whether we have made it for a session with this seed.
    func isGenuine(seed: [UInt8], _ ring: KeyRing) -> Bool {
        ring.recognises(proof, of: Self.statement(session, generation, seed))
    }

    private static func statement(_ session: ID<Session>, _ generation: Int, _ seed: [UInt8]) -> [UInt8] {
        name(session, generation) + seed
    }

    private static func name(_ session: ID<Session>, _ generation: Int) -> [UInt8] {
        session.uuid.byteArray
            + withUnsafeBytes(of: UInt32(truncatingIfNeeded: generation).bigEndian) { [UInt8]($0) }
    }
}
