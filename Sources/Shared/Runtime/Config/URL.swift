/// An address with its parts taken apart: what `DATABASE_URL`, `REDIS_URL` and the like hold.
///
/// Prints without its password. Several hosts may stand between commas, as sentinels and replicas are given.
public struct URL: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public struct Host: Sendable, Hashable {
        /// Decoded and without brackets; begins with `/` when it is the directory or path of a Unix socket.
        public let name: String
        public let port: UInt16?
    }

    public struct Parameter: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// In lower case.
    public let scheme: String
    public let user: String?
    public let password: Secret?
    public let hosts: [Host]
    /// As written, percent-encoded; begins with `/` unless it is empty.
    public let path: String
    public let query: [Parameter]
    public let fragment: String?
    /// The text it was made of, password included: for a library that takes a URL.
    public let exposed: String

    /// Stands where a URL is missing.
    static let none = URL(
        scheme: "", user: nil, password: nil, hosts: [], path: "", query: [], fragment: nil, exposed: "")

    public var host: String { hosts.first?.name ?? "" }
    public var port: UInt16? { hosts.first?.port }
    public var decodedPath: String { path.percentDecoded ?? path }

    public subscript(parameter name: String) -> String? { query.last { $0.name == name }?.value }

    /// `unix:///run/redis.sock`, `redis+unix:…`, `postgres://%2Frun%2Fpostgresql/db`, `postgres:///db?host=/run/postgresql`.
    public var socketPath: String? {
        if scheme == "unix" || scheme.hasSuffix("+unix") { return decodedPath }
        if host.hasPrefix("/") { return host }
        guard host.isEmpty, let named = self[parameter: "host"], named.hasPrefix("/") else { return nil }
        return named
    }

    /// Where to connect: the socket, or the first host; nil when there is neither.
    public func endpoint(defaultPort: UInt16) -> Endpoint? {
        if let socketPath { return .unix(path: socketPath) }
        return host.isEmpty ? nil : .tcp(host: host, port: port ?? defaultPort)
    }

    public var description: String {
        var text = scheme + ":"
        if !hosts.isEmpty || user != nil || exposed.dropFirst(text.utf8.count).hasPrefix("//") { text += "//" }
        if user != nil || password != nil { text += "\(user ?? "")\(password == nil ? "" : ":•••")@" }
        text += hosts.map(\.description).joined(separator: ",") + path
        if !query.isEmpty { text += "?" + query.map(\.redacted).joined(separator: "&") }
        return text
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension URL.Host: CustomStringConvertible {
    public var description: String {
        (name.contains(":") ? "[\(name)]" : name) + (port.map { ":\($0)" } ?? "")
    }
}

extension URL.Parameter {
    fileprivate var redacted: String {
        let isSecret = ["password", "secret", "token"].contains { name.lowercased().contains($0) }
        return "\(name)=\(isSecret ? "•••" : value)"
    }
}

extension URL {
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let colon = text.firstIndex(of: ":") else {
            return nil
        }
        let scheme = text[..<colon].lowercased()
        guard scheme.isScheme else { return nil }
        var rest = text[text.index(after: colon)...]
        let fragment = rest.cutOff(after: "#")
        let query = rest.cutOff(after: "?")
        let authority = rest.takeAuthority()
        guard let authority = Authority(authority), let parameters = URL.parameters(of: query ?? ""),
            rest.isEmpty || rest.hasPrefix("/"), rest.percentDecoded != nil
        else { return nil }
        self.init(
            scheme: scheme, user: authority.user, password: authority.password.map { Secret($0) },
            hosts: authority.hosts, path: String(rest), query: parameters, fragment: fragment.map(String.init),
            exposed: text)
    }

    private static func parameters(of query: Substring) -> [Parameter]? {
        var parameters: [Parameter] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts[0].percentDecoded, let value = (parts.count == 2 ? parts[1] : "").percentDecoded
            else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        return parameters
    }
}

/// `user:password@host:port,host:port`
private struct Authority {
    var user: String?
    var password: String?
    var hosts: [URL.Host] = []

    init?(_ text: Substring) {
        var rest = text
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = parts[0].percentDecoded else { return nil }
            self.user = user.isEmpty ? nil : user
            if parts.count == 2 {
                guard let password = parts[1].percentDecoded else { return nil }
                self.password = password
            }
            rest = rest[rest.index(after: at)...]
        }
        for part in rest.split(separator: ",") {
            guard let host = Authority.host(part) else { return nil }
            hosts.append(host)
        }
    }

    private static func host(_ text: Substring) -> URL.Host? {
        var name = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            name = text[..<bracket].dropFirst()
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            port = name.cutOff(after: ":")
        }
        guard let decoded = name.percentDecoded else { return nil }
        guard let port, !port.isEmpty else { return URL.Host(name: decoded, port: nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0
        else { return nil }
        return URL.Host(name: decoded, port: number)
    }
}

extension Substring {
    /// Removes the first `mark` and all behind it, which it answers.
    fileprivate mutating func cutOff(after mark: Character) -> Substring? {
        guard let position = firstIndex(of: mark) else { return nil }
        defer { self = self[..<position] }
        return self[index(after: position)...]
    }

    fileprivate mutating func takeAuthority() -> Substring {
        guard hasPrefix("//") else { return "" }
        let authority = dropFirst(2).prefix { $0 != "/" }
        self = self[authority.endIndex...]
        return authority
    }
}

extension String {
    fileprivate var isScheme: Bool {
        guard let first = utf8.first, (0x61...0x7A).contains(first) else { return false }
        return utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E].contains($0)
        }
    }
}

extension StringProtocol {
    /// The text with `%2F` and the like resolved; nil when an escape is broken or the result is not UTF-8.
    public var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return String(self) }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
