import Crypto
import Model
import Runtime

/// A key that signs cursors.
package typealias CursorKey = SecretBytes

/// Places in lists as clients pass them on: opaque, and signed for one route and one person, so that nobody can make one
/// up or take one elsewhere.
struct CursorSeal: Sendable {
    private static let signatureBytes = 12
    private let keys: [HMAC]

    init(_ keys: [CursorKey]) {
        precondition(!keys.isEmpty, "cursors need a key")
        self.keys = keys.map { HMAC(.sha256, key: $0) }
    }

    func seal(_ place: [UInt8], for scope: String) -> String {
        Base64URL.encode(place + signature(of: place, for: scope, keys[0]))
    }

    /// Nil for what was not sealed for this scope.
    func open(_ cursor: String, for scope: String) -> [UInt8]? {
        guard let bytes = Base64URL.decode(cursor), bytes.count > Self.signatureBytes else { return nil }
        let place = [UInt8](bytes.dropLast(Self.signatureBytes))
        let said = bytes.suffix(Self.signatureBytes)
        let isOurs = keys.contains { constantTimeEqual([UInt8](said), signature(of: place, for: scope, $0)) }
        return isOurs ? place : nil
    }

    private func signature(of place: [UInt8], for scope: String, _ key: HMAC) -> [UInt8] {
        Array(key.authenticate(place + [0] + Array(scope.utf8)).prefix(Self.signatureBytes))
    }
}
