import HTTP
import Runtime

/// How the frame behaves.
package struct FrameOptions: Sendable {
    package var limits = RateLimits.off
    /// Newest first.
    package var cursorKeys: [CursorKey]
    package var origins = AllowedOrigins.none
    package var adminGuard = AdminGuard([])
    /// Nil: no cookie counts.
    package var door: BrowserDoor?
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

    package func allows(_ origin: String) -> Bool {
        switch self {
        case .none: false
        case .any: true
        case .list(let origins): origins.contains(origin)
        }
    }
}

extension AllowedOrigins {
    /// These, and the pages under some addresses of our own.
    package func adding(pagesOf addresses: [String]) -> AllowedOrigins {
        switch self {
        case .any: .any
        case .none: AllowedOrigins(addresses.compactMap(Self.origin))
        case .list(let origins): AllowedOrigins(origins + addresses.compactMap(Self.origin))
        }
    }

    /// What a browser calls the origin of a page: no path, and no port that the scheme has anyway.
    static func origin(of address: String) -> String? {
        guard let url = URL(address), !url.host.isEmpty else { return nil }
        let host = url.host.contains(":") ? "[\(url.host)]" : url.host.lowercased()
        let usual: UInt16 = url.scheme == "https" ? 443 : 80
        return "\(url.scheme)://\(host)" + (url.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? "")
    }
}
