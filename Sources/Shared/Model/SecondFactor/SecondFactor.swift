import Crypto
import Runtime

/// The authenticator app of a person, as it is kept.
struct SecondFactor: Sendable {
    let user: ID<User>
    let sealedSecret: [UInt8]
    let isConfirmed: Bool
    let lastStep: Int64?
    /// Backup codes that were not used yet.
    let codesLeft: Int
}

/// Ten characters that work once, for the day on which the app is lost.
struct BackupCode {
    static let count = 10
    /// Without what people read as something else: 32 characters, so five bits each.
    private static let alphabet = Array("abcdefghjkmnpqrstuvwxyz023456789")

    /// As they are shown: `k3fxp-97m2q`.
    let text: String

    static func random() -> BackupCode {
        let characters = SecureRandom.bytes(10).map { alphabet[Int($0) % alphabet.count] }
        return BackupCode(text: String(characters[..<5]) + "-" + String(characters[5...]))
    }

    private init(text: String) { self.text = text }

    /// Takes what people write: capitals, spaces, no hyphen. Nil for what cannot be one.
    init?(_ typed: String) {
        let characters = typed.lowercased().filter { $0 != "-" && !$0.isWhitespace }
        guard characters.count == 10, characters.allSatisfy({ Self.alphabet.contains($0) }) else { return nil }
        text = String(characters.prefix(5)) + "-" + String(characters.suffix(5))
    }

    /// What is kept of it: 50 bits need a key, else they could be tried out against a stolen table.
    func digest(for user: ID<User>, _ ring: KeyRing) -> [UInt8] { ring.digest("\(user) \(text)") }
    func digests(for user: ID<User>, _ ring: KeyRing) -> [[UInt8]] { ring.digests("\(user) \(text)") }
}
