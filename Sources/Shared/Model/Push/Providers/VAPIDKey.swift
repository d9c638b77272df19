import Crypto
import Runtime

/// `VAPID_PRIVATE_KEY`: who we are to the push services of browsers.
package struct VAPIDKey: ConfigGroup {
    let key: PrivateKey
    let subject: String

    /// Development has one that is made of the key of the installation, so that subscriptions outlive a restart.
    package init(from reader: inout ConfigReader) {
        let given = reader.readIfSet("VAPID_PRIVATE_KEY", .scalar)
        let masters = MasterKeys(from: &reader)
        key = given ?? Self.derived(from: masters)
        let standard = reader.read("SMTP_FROM", or: ["EMAIL_FROM"], .text, default: Self.nobody)
        subject = reader.read("VAPID_SUBJECT", .text, default: "mailto:" + MailboxText.address(in: standard))
    }

    /// The 65 bytes of the point, as browsers take it.
    var publicPoint: String { Base64URL.encode(key.publicKey.point) }

    private static let nobody = "Switchyard <no-reply@example.org>"

    fileprivate static func derived(from masters: MasterKeys) -> PrivateKey {
        guard let scalar = masters.derived(for: "vapid").first, let key = try? PrivateKey(p256Scalar: scalar) else {
            // A wrong ENCRYPTION_KEY was complained of; one in 2³² keys is above the group's order.
            return standIn
        }
        return key
    }

    fileprivate static var standIn: PrivateKey {
        guard let key = try? PrivateKey(generating: .p256) else { preconditionFailure("OpenSSL makes keys") }
        return key
    }
}

/// `Name <address>`, or an address alone.
enum MailboxText {
    static func address(in text: String) -> String {
        guard let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else {
            return text.trimmed
        }
        return String(text[text.index(after: open)..<close])
    }
}

extension Setting where Value == PrivateKey {
    /// As the usual tools make it: 32 bytes in base64url; or PEM.
    fileprivate static let scalar = Setting(
        example: "<32 bytes in base64url>", placeholder: VAPIDKey.standIn, isSecret: true, show: { _ in "•••" }
    ) { text throws(ConfigMistake) in
        if let bytes = Base64URL.decode(text.prefix { $0 != "=" }), let key = try? PrivateKey(p256Scalar: bytes) {
            return key
        }
        if let key = try? PrivateKey(pem: text.replacing("\\n", with: "\n")), key.kind == .p256 { return key }
        throw ConfigMistake("is neither 32 bytes in base64url nor a P-256 key in PEM")
    }
}

extension PublicKey {
    /// Uncompressed: 4, x, y.
    var point: [UInt8] {
        guard case .p256(let x, let y) = jwk, let x = Base64URL.decode(x), let y = Base64URL.decode(y) else {
            preconditionFailure("a key of P-256 has a point")
        }
        return [4] + x + y
    }
}
