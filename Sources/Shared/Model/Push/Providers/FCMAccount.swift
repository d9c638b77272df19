import Crypto
import HTTP
import JSON
import Runtime

/// A service account of Google, as its JSON key says.
package struct FCMAccount: Sendable {
    let project: String
    let email: String
    let tokenURL: String
    private let key: TokenSigningKey

    private static let scope = "https://www.googleapis.com/auth/firebase.messaging"

    /// Nil for what is no such key.
    package init?(json text: String) {
        guard let json = try? JSONCoder.decode(JSONValue.self, from: Array(text.utf8)),
            let project = json["project_id"]?.string, let email = json["client_email"]?.string,
            let pem = json["private_key"]?.string, let key = try? PrivateKey(pem: pem), key.kind == .rsa
        else { return nil }
        self.project = project
        self.email = email
        self.key = TokenSigningKey(key, id: json["private_key_id"]?.string)
        tokenURL = json["token_uri"]?.string ?? "https://oauth2.googleapis.com/token"
    }

    /// RFC 7523: signed by us, exchanged for a token of an hour.
    func fetchToken(over http: HTTPClient) async throws -> SharedToken.Fetched {
        let now = Timestamp.now
        let claims = try JSONCoder.encode(
            [
                "iss": .string(email), "scope": .string(Self.scope), "aud": .string(tokenURL),
                "iat": .number(now.seconds), "exp": .number(now.seconds + 3600),
            ] as JSONValue)
        let form: FormFields = [
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": key.sign(claims),
        ]
        let answer = try await http.send(
            HTTPRequest(
                .post, tokenURL, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: .bytes(Array(form.text.utf8))))
        let json = (try? JSONCoder.decode(JSONValue.self, from: answer.body)) ?? .null
        guard answer.isSuccess, let token = json["access_token"]?.string else {
            let reason = "the token endpoint answered \(answer.status) \(json["error"]?.string ?? "")"
            guard answer.status >= 500 || answer.status == 429 else { throw TokenRefused(reason: reason) }
            throw TokenUnavailable(reason: reason)
        }
        let lifetime = Duration.seconds(json["expires_in"]?.integer ?? 3599)
        return SharedToken.Fetched(text: token, usableUntil: .now + max(lifetime - .minutes(5), lifetime / 2))
    }
}

/// The provider does not let us in.
struct TokenRefused: Error {
    let reason: String
}

/// The provider cannot say at the moment whether it lets us in.
struct TokenUnavailable: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
