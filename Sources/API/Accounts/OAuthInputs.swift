import APIFrame
import HTTP
import Model
import Runtime

struct OAuthStartInput: RouteInput {
    let provider: OAuthIdentity.Provider
    let redirectURI: String?
    let codeChallenge: String?

    init(from input: inout InputReader) {
        provider = input.path("provider", .choice())
        redirectURI = input.queryIfPresent("redirectUri", .text(1...1024))
        codeChallenge = input.queryIfPresent("codeChallenge", .text(43...43, of: .token))
    }
}

struct OAuthCallbackInput: RouteInput {
    let provider: OAuthIdentity.Provider
    let state: String
    let code: String?
    let error: String?

    /// Providers add what they like, and may begin to any day (RFC 6749, 4.1.2).
    static let ignoresUnknownQuery = true

    init(from input: inout InputReader) {
        provider = input.path("provider", .choice())
        state = input.query("state", .token)
        code = input.queryIfPresent("code", .text(1...4096))
        error = input.queryIfPresent("error", .text(1...256))
    }
}

struct CollectInput: RouteInput {
    let code: String
    let codeVerifier: String

    init(from input: inout InputReader) {
        code = input.read("code", .token)
        codeVerifier = input.read("codeVerifier", .text(43...128, of: .token))
    }
}

struct LinkInput: RouteInput {
    let code: String
    let codeVerifier: String
    let password: Secret?

    init(from input: inout InputReader) {
        code = input.read("code", .token)
        codeVerifier = input.read("codeVerifier", .text(43...128, of: .token))
        password = input.readIfPresent("password", .presentPassword)
    }
}

struct UnlinkInput: RouteInput {
    let id: ID<OAuthIdentity>
    let password: Secret?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        password = input.readIfPresent("password", .presentPassword)
    }
}
