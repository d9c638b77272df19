import HTTP
import Runtime

/// How the frame behaves.
package struct FrameOptions: Sendable {
    package var limits = RateLimits.off
    /// Newest first.
    package var cursorKeys: [CursorKey]
    package var origins = AllowedOrigins.none
    package var adminGuard = AdminGuard([])
    /// Clients reach us by HTTPS alone, and shall never try otherwise.
    package var isHTTPS = false
    /// What is not declared becomes a 500, and each answer is compared with its schema: in tests and development.
    package var isStrict = false
    /// More than this, and a JSON body is refused.
    package var bodyLimit = 1 << 20

    package init(cursorKeys: [CursorKey]) { self.cursorKeys = cursorKeys }
}

/// Which web pages may call the API from a browser.
package enum AllowedOrigins: Sendable, Hashable {
    case none
    case any
    case list([String])

    package init(_ origins: [String]) {
        self = origins.isEmpty ? .none : origins.contains("*") ? .any : .list(origins)
    }

    func allows(_ origin: String) -> Bool {
        switch self {
        case .none: false
        case .any: true
        case .list(let origins): origins.contains(origin)
        }
    }
}
