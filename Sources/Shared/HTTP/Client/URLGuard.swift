import Runtime

/// Keeps URLs that users give away from our own network: checked when a URL is given, and again, which is what counts,
/// at each address that is about to be connected to. So neither a name server nor a redirect can lead us inside.
public struct URLGuard: Sendable {
    /// Networks that are allowed although they are not public: for tests and private installations.
    private let exceptions: [AddressRange]
    private let portRule: @Sendable (UInt16) -> Bool

    /// By default the ports of the web and the unprivileged ones: no mail, no shells.
    public init(
        exceptions: [AddressRange] = [],
        ports: @escaping @Sendable (UInt16) -> Bool = { $0 == 80 || $0 == 443 || $0 >= 1024 }
    ) {
        self.exceptions = exceptions
        portRule = ports
    }

    /// What can be said of a URL without looking up its name; nil when there is nothing against it.
    public func objection(to url: HTTPURL) -> String? {
        if !portRule(url.port) { return "port \(url.port) is not allowed" }
        // A zone (`fe80::1%eth0`) names one of our own interfaces.
        if url.host.contains("%") { return "\(url.host) is not a public address" }
        let host = url.host.hasSuffix(".") ? String(url.host.dropLast()) : url.host
        guard let address = IPAddress(host) else { return nil }
        return allows(address) ? nil : "\(address) is not a public address"
    }

    public func allows(_ address: IPAddress) -> Bool {
        address.isPublic || exceptions.contains { $0.contains(address) }
    }
}
