import HTTP
import Runtime

/// Where a request comes from, as far as it is kept: for the list of one's sessions, the audit log, and throttling.
package struct Origin: Sendable {
    package let address: IPAddress?
    /// Cut to what the tables hold.
    package let userAgent: String?
    package let requestID: RequestID?

    package init(address: IPAddress? = nil, userAgent: String? = nil, requestID: RequestID? = nil) {
        self.address = address
        self.userAgent = userAgent.map { text in
            String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 }.prefix(120)))
        }
        self.requestID = requestID
    }

    var addressText: String? { address?.description }

    /// Whoever has one IPv6 address has all of its /64, so that counts as one.
    var network: String { address.map { "\($0.masked(toBits: $0.isIPv4 ? 32 : 64))" } ?? "none" }

    /// Where somebody still is when the provider or the next office gives them another address.
    var neighbourhood: String? { address.map { "\($0.masked(toBits: $0.isIPv4 ? 24 : 48))/\($0.isIPv4 ? 24 : 48)" } }
}
