import CCurl

/// An address of the web, taken apart by the same parser that connects to it: what is checked is what is used.
public struct HTTPURL: Sendable, Equatable, CustomStringConvertible {
    /// Normalised: odd spellings of IPv4 addresses (`0x7f.1`, `2130706433`) are dotted quads here.
    public let text: String
    public let isEncrypted: Bool
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: UInt16

    public var description: String { text }

    /// Nil unless it is `http` or `https` with a host, without user and password, and without control characters.
    public init?(_ text: String) {
        self.init(text, relativeTo: nil)
    }

    /// `reference` as a page at this address would mean it.
    public func resolving(_ reference: String) -> HTTPURL? { HTTPURL(reference, relativeTo: text) }

    var origin: String { "\(isEncrypted ? "https" : "http")://\(host):\(port)" }

    private init?(_ text: String, relativeTo base: String?) {
        guard text.utf8.count <= 16384, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        let handle = curl_url()
        defer { curl_url_cleanup(handle) }
        if let base, curl_url_set(handle, CURLUPART_URL, base, 0) != CURLUE_OK { return nil }
        guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK,
            HTTPURL.part(CURLUPART_USER, of: handle) == nil, HTTPURL.part(CURLUPART_PASSWORD, of: handle) == nil,
            let scheme = HTTPURL.part(CURLUPART_SCHEME, of: handle), scheme == "http" || scheme == "https",
            let host = HTTPURL.part(CURLUPART_HOST, of: handle), !host.isEmpty,
            let port = HTTPURL.part(CURLUPART_PORT, of: handle, UInt32(CURLU_DEFAULT_PORT)).flatMap({ UInt16($0) }),
            curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK,
            let normal = HTTPURL.part(CURLUPART_URL, of: handle)
        else { return nil }
        self.text = normal
        isEncrypted = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer?, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
