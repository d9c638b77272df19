import COpenSSL

/// The public part of a JSON Web Key (RFC 7517). Its values are base64url, as in the JSON.
public enum JWK: Sendable, Equatable {
    case rsa(n: String, e: String)
    case p256(x: String, y: String)

    /// The SHA-256 thumbprint (RFC 7638), base64url: a name for the key that everybody finds alike.
    public var thumbprint: String { Base64URL.encode(Hash.sha256(json)) }

    /// The members that make the key, sorted by name, without white space.
    public var json: String {
        switch self {
        case .rsa(let n, let e): "{\"e\":\"\(e)\",\"kty\":\"RSA\",\"n\":\"\(n)\"}"
        case .p256(let x, let y): "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(x)\",\"y\":\"\(y)\"}"
        }
    }
}

extension PublicKey {
    public init(jwk: JWK) throws(KeyError) {
        switch jwk {
        case .rsa(let n, let e):
            guard let modulus = Base64URL.decode(n), let exponent = Base64URL.decode(e) else { throw .unreadable }
            try self.init(rsaModulus: modulus, exponent: exponent)
        case .p256(let x, let y):
            guard let x = Base64URL.decode(x), let y = Base64URL.decode(y), x.count == 32, y.count == 32 else {
                throw .unreadable
            }
            try self.init(p256Point: [4] + x + y)
        }
    }

    public var jwk: JWK {
        switch kind {
        case .rsa:
            .rsa(
                n: Base64URL.encode(handle.number(OSSL_PKEY_PARAM_RSA_N)),
                e: Base64URL.encode(handle.number(OSSL_PKEY_PARAM_RSA_E)))
        case .p256:
            .p256(
                x: Base64URL.encode(handle.number(OSSL_PKEY_PARAM_EC_PUB_X, width: 32)),
                y: Base64URL.encode(handle.number(OSSL_PKEY_PARAM_EC_PUB_Y, width: 32)))
        }
    }
}
