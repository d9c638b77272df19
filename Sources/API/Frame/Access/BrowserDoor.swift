import Crypto
import HTTP
import Model
import Runtime

/// How the dashboard's pages show who they are: by a cookie, which browsers send by themselves, and therefore with proof
/// that it is a page of ours that asks.
package struct BrowserDoor: Sendable {
    package static let tokenHeader = "X-CSRF-Token"
    package static let checkHeader = "X-Second-Check"
    /// So long a second check holds.
    package static let checkLifetime = Duration.minutes(10)

    private let keys: [HMAC]
    private let isHTTPS: Bool
    /// Where clients find the API, as browsers call it.
    private let origin: String?

    /// The newest key first.
    package init(_ keys: [SecretBytes], address: String) {
        precondition(!keys.isEmpty, "the dashboard needs a key")
        self.keys = keys.map { HMAC(.sha256, key: $0) }
        isHTTPS = address.hasPrefix("https://")
        origin = AllowedOrigins.origin(of: address)
    }

    // MARK: Cookies

    /// The prefix makes browsers refuse one that another host or a page without TLS has set. Without HTTPS, as in
    /// development, no browser would take it.
    package var accessCookie: String { isHTTPS ? "__Host-dashboard" : "dashboard" }
    package var refreshCookie: String { isHTTPS ? "__Host-dashboard-refresh" : "dashboard-refresh" }

    /// What sets one; an empty value removes it.
    package func cookie(_ name: String, _ value: String, for lifetime: Duration) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(lifetime.components.seconds); HttpOnly; SameSite=Strict"
            + (isHTTPS ? "; Secure" : "")
    }

    func token(of request: Request) -> String? { request.headers.cookie(accessCookie) }

    // MARK: Whose page it is

    /// What changes something has to say its origin, as every browser does; what only reads may leave it out, but not
    /// come from elsewhere.
    package func demandOwnOrigin(_ request: Request) throws(Problem) {
        if let site = request.headers["Sec-Fetch-Site"], site != "same-origin" { throw Self.foreign }
        guard let said = request.headers["Origin"] else {
            guard request.method == .get || request.method == .head else { throw Self.foreign }
            return
        }
        guard said == origin || isOfHost(said, request) else { throw Self.foreign }
    }

    /// A page that was fetched from the host that the request goes to, whatever we are called outside.
    private func isOfHost(_ said: String, _ request: Request) -> Bool {
        guard let host = request.headers["Host"], !host.isEmpty else { return false }
        return said == (isHTTPS ? "https://" : "http://") + host.lowercased()
    }

    package func demandOwnPage(_ request: Request, _ session: ID<Session>) throws(Problem) {
        try demandOwnOrigin(request)
        guard let given = request.headers[Self.tokenHeader], isSigned(given, Self.page(session)) else {
            throw Self.foreign
        }
    }

    package func pageToken(for session: ID<Session>) -> String { signature(of: Self.page(session), by: keys[0]) }

    private static func page(_ session: ID<Session>) -> String { "page \(session)" }
    private static var foreign: Problem { Problem(.forbidden, "This does not come from a page of the dashboard") }

    // MARK: Second checks

    /// Shows for a while that it was checked once more who asks.
    package func check(for session: ID<Session>, at now: Timestamp) -> (proof: String, until: Timestamp) {
        let end = now + Self.checkLifetime
        return ("\(end.milliseconds).\(signature(of: Self.check(session, end.milliseconds), by: keys[0]))", end)
    }

    func isChecked(_ request: Request, _ session: ID<Session>, at now: Timestamp) -> Bool {
        guard let parts = request.headers[Self.checkHeader]?.split(separator: "."), parts.count == 2,
            let end = Int64(parts[0]), isSigned(String(parts[1]), Self.check(session, end))
        else { return false }
        return now < Timestamp(milliseconds: end)
    }

    private static func check(_ session: ID<Session>, _ end: Int64) -> String { "check \(session) \(end)" }

    // MARK: Signatures

    private func signature(of text: String, by key: HMAC) -> String {
        Base64URL.encode(Array(key.authenticate(Array(text.utf8)).prefix(24)))
    }

    private func isSigned(_ given: String, _ text: String) -> Bool {
        keys.contains { constantTimeEqual(Array(given.utf8), Array(signature(of: text, by: $0).utf8)) }
    }
}

extension RequestHeaders {
    /// The value of a cookie.
    package func cookie(_ name: String) -> String? {
        for pair in all("Cookie").flatMap({ $0.split(separator: ";") }) {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, String(parts[0]).trimmed == name { return String(parts[1]).trimmed }
        }
        return nil
    }
}

extension Call {
    /// Before money goes back, and before what many jobs do: an unlocked screen alone is not enough. Whoever calls with a
    /// token of their own has just had to have it.
    package func demandSecondCheck() throws(Problem) {
        guard let door = parts.door, isFromPage else { return }
        guard door.isChecked(request, try session, at: facts.time) else {
            throw Problem(.signInAgain, "Confirm who you are once more, by a code of your app or your password")
        }
    }
}
