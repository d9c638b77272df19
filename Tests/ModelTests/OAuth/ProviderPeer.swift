import HTTP
import JSON
import Runtime
import TestSupport
import Testing

@testable import Model

/// A provider of a test's own, and the browser that goes there. All are in one process, which ends with the tests.
final class ProviderPeer: Sendable {
    let base: String
    private let http = HTTPClient(on: World.loops)

    init() async throws { base = "\(try await Shared.shared.base())/\(UUID.v7())" }

    private actor Shared {
        static let shared = Shared()
        private var started: Task<(TestProcess, String), any Error>?

        func base() async throws -> String {
            let task =
                started
                ?? Task {
                    let process = try TestProcess(Peers.python, ["\(Peers.folder)/oidc_peer.py"])
                    let line = try await process.waitForLine(containing: "listening")
                    return (process, "http://127.0.0.1:\(line.split(separator: " ").last ?? "")")
                }
            started = task
            return try await task.value.1
        }
    }

    /// What makes it the place of all three providers.
    var variables: [String: String] {
        var variables = ["API_URL": "http://127.0.0.1:9", "GITHUB_API_URL": base]
        for name in ["GOOGLE", "GITHUB", "MICROSOFT"] {
            variables["\(name)_CLIENT_ID"] = "client-1"
            variables["\(name)_CLIENT_SECRET"] = "secret-1"
            variables["\(name)_BASE_URL"] = base
        }
        return variables
    }

    /// What its next answers are to be.
    func set(_ settings: JSONValue) async throws {
        let answer = try await http.send(
            HTTPRequest(.put, base + "/control", body: .bytes(try JSONCoder.encode(settings))))
        #expect(answer.status == 200)
    }

    func count(_ what: String) async throws -> Int? {
        let answer = try await http.send(HTTPRequest(.get, base + "/counts"))
        return try JSONCoder.decode([String: Int].self, from: answer.body)[what]
    }

    /// Goes where it was sent, lets itself be let in, and comes back with what the provider gave it.
    func visit(_ location: String) async throws -> [String: String] {
        let answer = try await http.send(HTTPRequest(.get, location))
        let back = try #require(answer.headers["Location"].flatMap { Runtime.URL($0) }, "\(answer.status)")
        return Dictionary(uniqueKeysWithValues: back.query.map { ($0.name, $0.value) })
    }
}

extension World {
    /// The whole way of a browser: there, and back with what the provider says. `change` is for what an attacker does.
    func oauth(
        _ provider: OAuthIdentity.Provider, at peer: ProviderPeer, redirectURI: String? = nil, challenge: String? = nil,
        browser other: String? = nil, _ change: (inout [String: String]) -> Void = { _ in }
    ) async throws -> OAuthOutcome {
        let start = try await accounts.startOAuth(provider, redirectURI: redirectURI, codeChallenge: challenge)
        var answer = try await peer.visit(start.location)
        change(&answer)
        return try await accounts.finishOAuth(
            provider, state: answer["state"] ?? "", code: answer["code"], browser: other ?? start.browser,
            from: Make.origin())
    }

    func signIn(_ provider: OAuthIdentity.Provider, at peer: ProviderPeer) async throws -> SignedIn {
        guard case .signIn(.complete(let signedIn)) = try await oauth(provider, at: peer) else {
            throw Unexpected(what: "not signed in")
        }
        return signedIn
    }

    func oauthCode(_ provider: OAuthIdentity.Provider, at peer: ProviderPeer) async throws -> Problem.Code? {
        try await problemCode { _ = try await oauth(provider, at: peer) }
    }
}
