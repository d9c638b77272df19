import JSON
import Runtime
import TestSupport
import Testing

@testable import Model

/// What a provider, or somebody in its place, must not get away with.
@Suite(.ownAccounts) struct WrongTokenTests {
    private func withPeer(_ body: (World, ProviderPeer) async throws -> Void) async throws {
        let peer = try await ProviderPeer()
        try await World.lend(peer.variables) { world in try await body(world, peer) }
    }

    private static let now = Int(Timestamp.now.seconds)

    @Test(
        arguments: [
            ("another nonce", ["nonce": "stolen"]), ("no nonce", ["nonce": nil]),
            ("another audience", ["aud": "others"]), ("audiences without a party", ["aud": ["client-1", "others"]]),
            ("another party", ["aud": ["client-1", "others"], "azp": "others"]),
            ("another issuer", ["iss": "https://accounts.example.org"]), ("no issuer", ["iss": nil]),
            ("expired", ["exp": .number(now - 120), "iat": .number(now - 420)]), ("no expiry", ["exp": nil]),
            ("made long ago", ["iat": .number(now - 3600)]), ("made in the future", ["iat": .number(now + 3600)]),
            ("nobody", ["sub": nil]), ("an odd subject", ["sub": "a b"]), ("another access token", ["at_hash": "AAAA"]),
        ] as [(String, [String: JSONValue])])
    func `a token with a wrong claim is refused`(what: String, claims: [String: JSONValue]) async throws {
        try await withPeer { world, peer in
            try await peer.set(["claims": .object(claims)])
            #expect(try await world.oauthCode(.google, at: peer) == .providerRefused)
            try await peer.set([:])
            _ = try await world.signIn(.google, at: peer)
        }
    }

    @Test(arguments: ["none", "hmac", "stranger", "unknown-kid", "changed"])
    func `a token with a wrong signature is refused`(how: String) async throws {
        try await withPeer { world, peer in
            try await peer.set(["sign": .string(how)])
            #expect(try await world.oauthCode(.google, at: peer) == .providerRefused)
        }
    }

    @Test func `several audiences are fine where the party is ours`() async throws {
        try await withPeer { world, peer in
            try await peer.set(["claims": ["aud": ["client-1", "others"], "azp": "client-1"]])
            _ = try await world.signIn(.google, at: peer)
        }
    }

    @Test func `a state works once, for its provider, in its browser`() async throws {
        try await withPeer { world, peer in
            let start = try await world.accounts.startOAuth(.google, redirectURI: nil, codeChallenge: nil)
            let answer = try await peer.visit(start.location)
            let state = try #require(answer["state"]), code = try #require(answer["code"])
            func finish(
                _ provider: OAuthIdentity.Provider = .google, state: String, browser: String?
            ) async throws -> Problem.Code? {
                try await problemCode {
                    _ = try await world.accounts.finishOAuth(
                        provider, state: state, code: code, browser: browser, from: Make.origin())
                }
            }
            let other = try await world.accounts.startOAuth(.google, redirectURI: nil, codeChallenge: nil)
            #expect(try await finish(state: state, browser: nil) == .invalidCode)
            #expect(try await finish(state: state, browser: other.browser) == .invalidCode)
            #expect(try await finish(.github, state: state, browser: start.browser) == .invalidCode)
            #expect(try await finish(state: String(state.reversed()), browser: start.browser) == .invalidCode)
            #expect(try await finish(state: state, browser: start.browser) == nil)
            #expect(try await finish(state: state, browser: start.browser) == .invalidCode)
            #expect(try await peer.count("token") == 1)
        }
    }

    @Test func `a code that was used, or is another's, is refused by the provider and so by us`() async throws {
        try await withPeer { world, peer in
            var used: String?
            _ = try await world.oauth(.google, at: peer) { used = $0["code"] }
            let replay = try await problemCode {
                _ = try await world.oauth(.google, at: peer) { $0["code"] = used }
            }
            #expect(replay == .providerRefused)
            // PKCE: the code of one flow does not go with the verifier of another.
            let other = try await world.accounts.startOAuth(.google, redirectURI: nil, codeChallenge: nil)
            let foreign = try await peer.visit(other.location)["code"]
            let injected = try await problemCode {
                _ = try await world.oauth(.google, at: peer) { $0["code"] = foreign }
            }
            #expect(injected == .providerRefused)
        }
    }

    @Test func `a flow is good for ten minutes`() async throws {
        try await withPeer { world, peer in
            let start = try await world.accounts.startOAuth(.google, redirectURI: nil, codeChallenge: nil)
            let answer = try await peer.visit(start.location)
            world.clock.advance(by: .minutes(10))
            let code = try await problemCode {
                _ = try await world.accounts.finishOAuth(
                    .google, state: try #require(answer["state"]), code: answer["code"], browser: start.browser,
                    from: Make.origin())
            }
            #expect(code == .invalidCode)
        }
    }

    @Test func `a person who says no is told so, or their application is`() async throws {
        try await withPeer { world, peer in
            try await peer.set(["deny": true])
            #expect(try await world.oauthCode(.google, at: peer) == .providerRefused)
            let outcome = try await world.oauth(
                .google, at: peer, redirectURI: "http://127.0.0.1:3000/signed-in",
                challenge: FlowSecrets.challenge(of: "x"))
            guard case .redirect(let location) = outcome else { throw Unexpected(what: "no redirect") }
            #expect(location == "http://127.0.0.1:3000/signed-in?error=provider_refused")
        }
    }

    @Test func `a provider that is away is said to be`() async throws {
        try await withPeer { world, peer in
            try await peer.set(["broken": true])
            #expect(try await world.oauthCode(.google, at: peer) == .unavailable)
        }
    }

    @Test func `a provider that is not set up is none`() async throws {
        try await World.lend { world in
            let code = try await problemCode {
                _ = try await world.accounts.startOAuth(.google, redirectURI: nil, codeChallenge: nil)
            }
            #expect(code == .notFound)
        }
    }

    // MARK: Keys

    @Test(arguments: ["rsa", "ec"]) func `keys are kept, and fetched anew when the provider has changed them`(
        kind: String
    ) async throws {
        try await withPeer { world, peer in
            for _ in 0..<3 { _ = try await world.signIn(.google, at: peer) }
            #expect(try await peer.count("jwks") == 1)
            #expect(try await peer.count("discovery") == 1)
            try await peer.set(["rotate": .string(kind)])
            for _ in 0..<2 { _ = try await world.signIn(.google, at: peer) }
            #expect(try await peer.count("jwks") == 2)
        }
    }

    @Test func `tokens with made-up keys do not make us ask each time`() async throws {
        try await withPeer { world, peer in
            _ = try await world.signIn(.google, at: peer)
            try await peer.set(["sign": "unknown-kid"])
            for _ in 0..<4 { #expect(try await world.oauthCode(.google, at: peer) == .providerRefused) }
            #expect(try await peer.count("jwks") == 2)
        }
    }

    @Test func `a discovery document that speaks for another address is refused`() async throws {
        try await withPeer { world, peer in
            try await peer.set(["issuer": "https://accounts.example.org"])
            #expect(try await world.oauthCode(.google, at: peer) == .providerRefused)
        }
    }

    @Test func `only people of the tenants that are listed are let in`() async throws {
        let peer = try await ProviderPeer()
        var variables = peer.variables
        variables["MICROSOFT_TENANTS"] = "tenant-1,tenant-2"
        try await World.lend(variables) { world in
            try await peer.set(["claims": ["tid": "tenant-2", "oid": "o", "xms_edov": "1"]])
            _ = try await world.signIn(.microsoft, at: peer)
            try await peer.set(["claims": ["tid": "tenant-3", "oid": "o", "xms_edov": "1"]])
            #expect(try await world.oauthCode(.microsoft, at: peer) == .providerRefused)
            try await peer.set(["claims": ["oid": "o", "xms_edov": "1"]])
            #expect(try await world.oauthCode(.microsoft, at: peer) == .providerRefused)
        }
    }
}

/// Checks of claims that need no provider.
struct IDTokenTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func accepts(_ claims: [String: JSONValue], issuer: String) throws -> Bool {
        let all: [String: JSONValue] = [
            "aud": "us", "sub": "s", "exp": 1_800_000_100, "iat": 1_800_000_000, "nonce": "n",
        ]
        let token = try #require(IDTokenClaims(try JSONCoder.encode(all.merging(claims) { $1 })))
        do throws(IDTokenFault) {
            try token.check(issuer: issuer, audience: "us", nonce: "n", accessToken: nil, at: now)
            return true
        } catch {
            return false
        }
    }

    @Test func `Google's issuer may lack its scheme`() throws {
        #expect(try accepts(["iss": "accounts.google.com"], issuer: "https://accounts.google.com"))
        #expect(try !accepts(["iss": "google.com"], issuer: "https://accounts.google.com"))
    }

    @Test func `Microsoft's issuer holds the token's own tenant`() throws {
        let issuer = "https://login.microsoftonline.com/{tenantid}/v2.0"
        #expect(try accepts(["iss": "https://login.microsoftonline.com/t1/v2.0", "tid": "t1"], issuer: issuer))
        #expect(try !accepts(["iss": "https://login.microsoftonline.com/t1/v2.0", "tid": "t2"], issuer: issuer))
        #expect(try !accepts(["iss": "https://login.microsoftonline.com/t1/v2.0"], issuer: issuer))
    }

    @Test func `a clock that is a minute off is forgiven`() throws {
        #expect(try accepts(["iss": "i", "exp": 1_799_999_950, "iat": 1_799_999_900], issuer: "i"))
        #expect(try accepts(["iss": "i", "iat": 1_800_000_050], issuer: "i"))
        #expect(try !accepts(["iss": "i", "exp": 1_799_999_930, "iat": 1_799_999_900], issuer: "i"))
    }

    @Test(arguments: [
        (nil, 3600), ("public, max-age=600", 600), ("max-age=1", 60), ("max-age=9999999", 86_400),
        ("no-store, max-age=600", 60), ("max-age=x", 3600),
    ])
    func `keys are kept as long as they may be, within reason`(header: String?, seconds: Int) {
        #expect(KeySet.lifetime(header) == .seconds(seconds))
    }
}
