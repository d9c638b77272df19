/// The field in which trusted proxies say for whom they speak. Only one counts: of the other, which a proxy may pass on
/// as it came, the client is the author.
public enum ForwardingHeader: Sendable {
    case xForwardedFor
    /// RFC 7239.
    case forwarded

    /// From the farthest to the nearest, nil for what is no address; nil when the field is missing.
    func addresses(in headers: RequestHeaders) -> [IPAddress?]? {
        switch self {
        case .xForwardedFor:
            headers.list("X-Forwarded-For").map { $0.split(separator: ",").map { Self.address($0.trimmed) } }
        case .forwarded:
            headers.list("Forwarded").map { $0.split(separator: ",").map(Self.forwardedFor) }
        }
    }

    /// `for=192.0.2.43;proto=https`, with quotes around what holds a colon.
    private static func forwardedFor(_ element: Substring) -> IPAddress? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmed.lowercased() == "for" else { continue }
            return address(parts[1].trimmed.filter { $0 != "\"" }[...])
        }
        return nil
    }

    /// An address, perhaps with a port, in brackets where it has colons.
    private static func address(_ text: Substring) -> IPAddress? {
        guard text.utf8.count <= 64 else { return nil }
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<close]))?.unmapped
        }
        let isWithPort = text.contains(".") && text.count { $0 == ":" } == 1
        return IPAddress(String(isWithPort ? text.prefix { $0 != ":" } : text))?.unmapped
    }
}
