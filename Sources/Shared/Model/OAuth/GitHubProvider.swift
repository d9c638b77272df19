import HTTP
import JSON
import Runtime

/// GitHub, which has OAuth but no OpenID: who somebody is has to be asked of its API.
struct GitHubProvider: SignInProvider {
    let clientID: String
    let clientSecret: Secret
    let base: String
    let api: String
    let client: ProviderClient

    func authorization(_ request: AuthorizationRequest) async throws -> String {
        let query: FormFields = [
            "client_id": clientID, "redirect_uri": request.callback, "scope": "read:user user:email",
            "state": request.state, "code_challenge": request.codeChallenge, "code_challenge_method": "S256",
        ]
        return "\(base)/login/oauth/authorize?\(query.text)"
    }

    func identity(for answer: AuthorizationAnswer) async throws -> ProvenIdentity {
        let tokens = try await client.ask(
            .post, base + "/login/oauth/access_token",
            form: [
                "client_id": clientID, "client_secret": clientSecret.exposed, "code": answer.code,
                "redirect_uri": answer.callback, "code_verifier": answer.codeVerifier,
            ]
        ).json
        // Errors come with status 200.
        guard let token = tokens["access_token"]?.string else {
            throw client.refused("no access token: \(tokens["error"]?.string ?? "?")", by: "github")
        }
        let headers: HTTPHeaders = ["Authorization": "Bearer \(token)", "X-GitHub-Api-Version": "2022-11-28"]
        let person = try await client.ask(.get, api + "/user", headers: headers).json
        guard let id = person["id"]?.integer else { throw client.refused("nobody", by: "github") }
        let email = primary(try await client.ask(.get, api + "/user/emails", headers: headers).json)
        return ProvenIdentity(
            // The number: names can be changed, and then taken by others.
            provider: .github, subject: String(id), email: email?.address, isEmailVerified: email?.isVerified ?? false,
            name: person["name"]?.string ?? person["login"]?.string)
    }

    private func primary(_ list: JSONValue) -> (address: EmailAddress, isVerified: Bool)? {
        guard case .array(let entries) = list,
            let entry = entries.first(where: { $0["primary"]?.bool == true }),
            let address = entry["email"]?.string.flatMap({ EmailAddress($0) })
        else { return nil }
        return (address, entry["verified"]?.bool == true)
    }
}
