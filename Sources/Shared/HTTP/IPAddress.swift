import CCurl
import Glibc
import Runtime

/// An IPv4 or IPv6 address, without port or zone.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16, in network order.
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The usual spellings only; nil for names.
    public init?(_ text: String) {
        var ipv4 = in_addr()
        var ipv6 = in6_addr()
        if inet_pton(AF_INET, text, &ipv4) == 1 {
            bytes = withUnsafeBytes(of: &ipv4) { [UInt8]($0) }
        } else if inet_pton(AF_INET6, text, &ipv6) == 1 {
            bytes = withUnsafeBytes(of: &ipv6) { [UInt8]($0) }
        } else {
            return nil
        }
    }

    /// Nil unless it is an internet address.
    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(address)
        switch Int32(raw.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET:
            bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { [UInt8]($0) }
        case AF_INET6:
            bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { [UInt8]($0) }
        default: return nil
        }
    }

    public var isIPv4: Bool { bytes.count == 4 }

    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether it belongs to the public internet, so that anyone could reach it.
    public var isPublic: Bool {
        if let embedded { return embedded.isPublic }
        if isIPv4 { return !AddressRange.reservedIPv4.contains { $0.contains(self) } }
        // All public IPv6 addresses given out so far are in one block.
        return AddressRange.globalIPv6.contains(self) && !AddressRange.reservedIPv6.contains { $0.contains(self) }
    }

    /// An IPv4 address that came over a socket for both is still an IPv4 address.
    var unmapped: IPAddress { AddressRange.mapped.contains(self) ? IPAddress(bytes: Array(bytes[12..<16])) : self }

    /// The IPv4 address that is reached by way of this IPv6 one.
    private var embedded: IPAddress? {
        if AddressRange.mapped.contains(self) || AddressRange.nat64.contains(self) {
            return IPAddress(bytes: Array(bytes[12..<16]))
        }
        return AddressRange.sixToFour.contains(self) ? IPAddress(bytes: Array(bytes[2..<6])) : nil
    }
}

/// All addresses that begin with the same bits.
public struct AddressRange: Sendable, Equatable, CustomStringConvertible {
    private let first: IPAddress
    private let bits: Int

    /// `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])), parts.count <= 2 else { return nil }
        let all = address.bytes.count * 8
        guard let bits = parts.count == 2 ? Int(parts[1]) : all, (0...all).contains(bits) else { return nil }
        first = address
        self.bits = bits
    }

    private init(literal text: StaticString) {
        guard let range = AddressRange("\(text)") else { preconditionFailure("\(text) is no range of addresses") }
        self = range
    }

    public var description: String { "\(first)/\(bits)" }

    /// Of this machine.
    public static let loopback = [AddressRange(literal: "127.0.0.0/8"), AddressRange(literal: "::1")]

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        let whole = bits / 8
        guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
        let rest = bits % 8
        return rest == 0 || (address.bytes[whole] ^ first.bytes[whole]) >> (8 - rest) == 0
    }
}

extension AddressRange {
    fileprivate static let mapped = AddressRange(literal: "::ffff:0:0/96")
    fileprivate static let nat64 = AddressRange(literal: "64:ff9b::/96")
    fileprivate static let sixToFour = AddressRange(literal: "2002::/16")
    fileprivate static let globalIPv6 = AddressRange(literal: "2000::/3")

    /// IANA's registry of special addresses: this network, private, carrier NAT, loopback, link, protocols,
    /// documentation, 6to4 relays, benchmarks, multicast, reserved.
    fileprivate static let reservedIPv4: [AddressRange] = [
        AddressRange(literal: "0.0.0.0/8"), AddressRange(literal: "10.0.0.0/8"), AddressRange(literal: "100.64.0.0/10"),
        AddressRange(literal: "127.0.0.0/8"), AddressRange(literal: "169.254.0.0/16"),
        AddressRange(literal: "172.16.0.0/12"), AddressRange(literal: "192.0.0.0/24"),
        AddressRange(literal: "192.0.2.0/24"), AddressRange(literal: "192.88.99.0/24"),
        AddressRange(literal: "192.168.0.0/16"), AddressRange(literal: "198.18.0.0/15"),
        AddressRange(literal: "198.51.100.0/24"), AddressRange(literal: "203.0.113.0/24"),
        AddressRange(literal: "224.0.0.0/4"), AddressRange(literal: "240.0.0.0/4"),
    ]

    /// Protocols with Teredo and ORCHID, and documentation.
    fileprivate static let reservedIPv6: [AddressRange] = [
        AddressRange(literal: "2001::/23"), AddressRange(literal: "2001:db8::/32"), AddressRange(literal: "3fff::/20"),
    ]
}

extension ByteCursor {
    public mutating func put(_ address: IPAddress) {
        guard address.isIPv4 else { return put(address.description) }
        for (index, byte) in address.bytes.enumerated() {
            if index > 0 { put(byte: UInt8(ascii: ".")) }
            put(decimal: Int(byte))
        }
    }
}

extension IPAddress {
    /// Whose requests count together: an IPv4 address, or the network of 64 bits that whoever has an IPv6 address has.
    public var network: (UInt64, UInt64) {
        let high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        return isIPv4 ? (4, high) : (6, high)
    }
}
