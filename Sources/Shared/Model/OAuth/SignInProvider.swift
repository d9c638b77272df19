import HTTP
import JSON
import Runtime

/// A provider by whose account people sign in.
protocol SignInProvider: Sendable {
    /// Where the browser is sent.
    func authorization(_ request: AuthorizationRequest) async throws -> String
    /// Who it was, in exchange for the code that the browser came back with.
    func identity(for answer: AuthorizationAnswer) async throws -> ProvenIdentity
}

/// What goes to the provider with the browser.
struct AuthorizationRequest: Sendable {
    let state: String
    let nonce: String
    /// Of the verifier (PKCE, S256): whoever steals the code cannot use it.
    let codeChallenge: String
    let callback: String
}

/// What came back, and what it must fit to.
struct AuthorizationAnswer: Sendable {
    let code: String
    let nonce: String
    let codeVerifier: String
    let callback: String
    let now: Timestamp
}

/// Asks providers, and makes problems for the person of what goes wrong there.
struct ProviderClient: Sendable {
    let http: HTTPClient
    let log: Logger
    private static let limits = HTTPLimits(
        connect: .seconds(5), idle: .seconds(5), total: .seconds(10), bodyBytes: 1 << 20)

    /// The JSON of a successful answer.
    func ask(
        _ method: HTTPMethod = .get, _ url: String, headers: HTTPHeaders = [:], form: FormFields? = nil
    ) async throws -> (json: JSONValue, headers: HTTPHeaders) {
        var request = HTTPRequest(method, url, headers: headers, limits: Self.limits)
        request.headers["Accept"] = "application/json"
        if let form {
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.body = .bytes(Array(form.text.utf8))
        }
        let answer: HTTPAnswer
        do { answer = try await http.send(request) } catch {
            log.warning("a sign-in provider cannot be reached", ["url": .string(url), "error": .error(error)])
            throw Self.unavailable
        }
        guard answer.status < 500 else {
            log.warning("a sign-in provider fails", ["url": .string(url), "status": .int(answer.status)])
            throw Self.unavailable
        }
        guard answer.isSuccess, let json = try? JSONCoder.decode(JSONValue.self, from: answer.body) else {
            throw refused("an answer of status \(answer.status)", by: url)
        }
        return (json, answer.headers)
    }

    /// The person learns that it did not work, the log why.
    func refused(_ reason: String, by provider: String) -> Problem {
        log.warning("a sign-in was refused", ["provider": .string(provider), "reason": .string(reason)])
        return Problem(.providerRefused, "The provider did not confirm who you are. Try again.")
    }

    private static var unavailable: Problem {
        var problem = Problem(.unavailable, "The provider cannot be reached at the moment.")
        problem.retryAfter = .seconds(10)
        return problem
    }
}
