import Crypto
import Runtime

/// `JWT_PRIVATE_KEY` or `JWT_SECRET`: what signs access tokens.
package struct SignInKey: ConfigGroup {
    let key: TokenSigningKey

    package init(from reader: inout ConfigReader) {
        let privateKey = reader.readIfSet("JWT_PRIVATE_KEY", .signingKey)
        if let privateKey {
            reader.readIfSet("JWT_SECRET", .secret()).map { _ in
                reader.complain("JWT_SECRET", "is given together with JWT_PRIVATE_KEY: give one")
            }
            key = privateKey
            return
        }
        let secret = reader.secret(
            "JWT_SECRET", .secret(atLeast: 32), inDevelopment: "switchyard-development-token-secret")
        // Too short a secret was complained of; the stand-in is never used.
        key = (try? TokenSigningKey(secret: secret.exposed)) ?? Self.standIn
    }

    init(_ key: TokenSigningKey) { self.key = key }

    fileprivate static var standIn: TokenSigningKey {
        guard let key = try? TokenSigningKey(secret: SecureRandom.bytes(32)) else {
            preconditionFailure("32 bytes are enough")
        }
        return key
    }
}

extension Setting where Value == TokenSigningKey {
    /// PEM, also with `\n` for its line ends, as tools that know no lines pass it on. RSA signs RS256, P-256 ES256.
    fileprivate static let signingKey = Setting(
        example: "-----BEGIN PRIVATE KEY-----…", placeholder: SignInKey.standIn, isSecret: true, show: { _ in "•••" }
    ) { text throws(ConfigMistake) in
        guard let key = try? PrivateKey(pem: text.replacing("\\n", with: "\n")) else {
            throw ConfigMistake("is not an RSA (2,048 bits or more) or P-256 key in PEM")
        }
        return TokenSigningKey(key, id: key.publicKey.jwk.thumbprint)
    }
}
