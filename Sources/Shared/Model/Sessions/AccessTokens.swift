import Crypto
import JSON
import Runtime

/// Makes and checks access tokens: signed statements who is signed in, good for a quarter of an hour.
package struct AccessTokens: Sendable {
    /// What a token says.
    package struct Claims: Sendable, Hashable {
        package let user: ID<User>
        package let session: ID<Session>
        /// As it was when the token was made: a hint. What only an administrator may do is checked against the database.
        package let isAdmin: Bool
        package let expiresAt: Timestamp
    }

    /// Why a token does not count.
    package enum Refusal: Error { case invalid, expired }

    package let lifetime: Duration
    private let signer: TokenSigningKey
    private let verifier: TokenVerifier
    private let issuer: String
    /// Tells them from whatever else may be signed with the same key (RFC 9068).
    private static let type: StaticString = "at+jwt"
    private static let audience = "switchyard"

    package init(_ key: SignInKey, issuer: String, lifetime: Duration) {
        signer = key.key
        verifier = TokenVerifier([key.key.verifyingKey], maximumBytes: 2048)
        self.issuer = issuer
        self.lifetime = lifetime
    }

    func issue(_ user: ID<User>, _ session: ID<Session>, _ role: User.Role, at now: Timestamp) -> String {
        let payload = Payload(
            iss: issuer, aud: Self.audience, sub: user, sid: session, role: role == .admin ? role.rawValue : nil,
            iat: now.seconds, exp: (now + lifetime).seconds)
        guard let bytes = try? JSONCoder.encode(payload) else { preconditionFailure("claims are plain values") }
        return signer.sign(bytes, type: Self.type)
    }

    /// No query: whether the session was ended since is for the revocation list to say.
    package func check(_ token: some ByteSource, at now: Timestamp) throws(Refusal) -> Claims {
        guard let verified = try? verifier.verify(token), verified.type == "\(Self.type)",
            let payload = try? JSONCoder.decode(Payload.self, from: verified.payload), payload.iss == issuer,
            payload.aud == Self.audience
        else { throw .invalid }
        // As whole seconds, which is all that the claim can say.
        guard now.seconds < payload.exp else { throw .expired }
        return Claims(
            user: payload.sub, session: payload.sid, isAdmin: payload.role == User.Role.admin.rawValue,
            expiresAt: Timestamp(seconds: payload.exp))
    }
}

/// The claims as they stand in a token.
private struct Payload: JSONReadable, JSONWritable {
    var iss: String
    var aud: String
    var sub: ID<User>
    var sid: ID<Session>
    var role: String?
    var iat: Int64
    var exp: Int64

    init(iss: String, aud: String, sub: ID<User>, sid: ID<Session>, role: String?, iat: Int64, exp: Int64) {
        (self.iss, self.aud, self.sub, self.sid, self.role, self.iat, self.exp) = (iss, aud, sub, sid, role, iat, exp)
    }

    init(json: inout JSONReader) throws(JSONStop) {
        var iss: String?, aud: String?, sub: ID<User>?, sid: ID<Session>?, role: String?, iat: Int64?, exp: Int64?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "iss": try json.read(&iss)
            case "aud": try json.read(&aud)
            case "sub": try json.read(&sub)
            case "sid": try json.read(&sid)
            case "role": try json.readIfPresent(&role)
            case "iat": try json.read(&iat)
            case "exp": try json.read(&exp)
            default: try json.skip()
            }
        }
        guard let iss, let aud, let sub, let sid, let iat, let exp else {
            throw json.missing(
                object, ["iss": iss, "aud": aud, "sub": sub, "sid": sid, "iat": iat, "exp": exp])
        }
        self.init(iss: iss, aud: aud, sub: sub, sid: sid, role: role, iat: iat, exp: exp)
    }

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("iss", iss)
            json.member("aud", aud)
            json.member("sub", sub)
            json.member("sid", sid)
            json.member("role", ifPresent: role)
            json.member("iat", iat)
            json.member("exp", exp)
        }
    }
}
