import Crypto
import JSON
import Runtime

/// Why a token with a right signature does not prove who somebody is; completes "the id token …".
struct IDTokenFault: Error {
    let reason: StaticString

    init(_ reason: StaticString) { self.reason = reason }
}

/// What an OpenID provider says about a person.
struct IDTokenClaims: Sendable {
    private let claims: JSONValue
    private static let leeway = Duration.seconds(60)
    /// It was made for us a moment ago.
    private static let oldest = Duration.minutes(10)

    init?(_ payload: [UInt8]) {
        guard let claims = try? JSONCoder.decode(JSONValue.self, from: payload) else { return nil }
        self.claims = claims
    }

    /// Everything that OpenID Connect wants to be checked, for a token that came with a code.
    func check(
        issuer: String, audience: String, nonce: String, accessToken: String?, at now: Timestamp
    ) throws(IDTokenFault) {
        guard let said = claims["iss"]?.string, isSame(said, issuer) else { throw IDTokenFault("is of another issuer") }
        let audiences = audiences
        guard audiences.contains(audience) else { throw IDTokenFault("is for somebody else") }
        let party = claims["azp"]?.string
        guard party == audience || party == nil && audiences.count == 1 else {
            throw IDTokenFault("was made for another party")
        }
        guard let expiry = claims["exp"]?.integer, let start = claims["iat"]?.integer else {
            throw IDTokenFault("does not say when it was made and expires")
        }
        guard now < Timestamp(seconds: Int64(clamping: expiry)) + Self.leeway else { throw IDTokenFault("has expired") }
        let issued = Timestamp(seconds: Int64(clamping: start))
        guard issued <= now + Self.leeway, now - issued <= Self.oldest else { throw IDTokenFault("is not of now") }
        guard let given = claims["nonce"]?.string, constantTimeEqual(given, nonce) else {
            throw IDTokenFault("answers another request")
        }
        if let hash = claims["at_hash"]?.string, let accessToken {
            guard hash == Base64URL.encode(Hash.sha256(accessToken)[..<16]) else {
                throw IDTokenFault("belongs to another access token")
            }
        }
    }

    /// A list may have one element that stands by itself.
    private var audiences: [String] {
        if case .array(let list)? = claims["aud"] { return list.compactMap(\.string) }
        return claims["aud"]?.string.map { [$0] } ?? []
    }

    /// Google leaves the scheme out at times; Microsoft's document has a place for the tenant.
    private func isSame(_ said: String, _ issuer: String) -> Bool {
        if said == issuer || issuer == "https://" + said { return true }
        guard issuer.contains("{tenantid}"), let tenant = claims["tid"]?.string else { return false }
        return said == issuer.replacing("{tenantid}", with: tenant)
    }

    // MARK: The person

    func identity(
        of provider: OAuthIdentity.Provider, tenants: Set<String>?
    ) throws(IDTokenFault) -> ProvenIdentity {
        guard let subject = claims["sub"]?.string, (1...180).contains(subject.utf8.count),
            subject.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw IDTokenFault("names nobody")
        }
        let tenant = claims["tid"]?.string
        if let tenants {
            guard let tenant, tenants.contains(tenant) else { throw IDTokenFault("is of a tenant that is not let in") }
        }
        let isMicrosoft = provider == .microsoft
        let email = claims["email"]?.string.flatMap { EmailAddress($0) }
        return ProvenIdentity(
            provider: provider,
            // Microsoft's subjects differ between applications; these two stay.
            subject: isMicrosoft ? "\(tenant ?? ""):\(claims["oid"]?.string ?? subject)" : subject,
            email: email,
            // An administrator of any tenant can write any address into `email`: only this claim says it was verified.
            isEmailVerified: email != nil && isTrue(isMicrosoft ? "xms_edov" : "email_verified"),
            name: claims["name"]?.string)
    }

    private func isTrue(_ name: String) -> Bool {
        switch claims[name] {
        case .bool(let value): value
        case .string(let text): text == "true" || text == "1"
        case .number(let number): number.integer() == 1
        default: false
        }
    }
}
