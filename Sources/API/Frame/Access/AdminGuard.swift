import HTTP
import Model
import Runtime

/// From where administrators, and whoever reads metrics, may come.
package struct AdminGuard: Sendable {
    private let ranges: [AddressRange]

    package init(_ ranges: [AddressRange]) { self.ranges = ranges }

    /// A request without an address came over a Unix socket whose file permissions have let it in.
    func allows(_ address: IPAddress?) -> Bool {
        guard let address else { return true }
        return ranges.contains { $0.contains(address) }
    }

    package func demand(_ address: IPAddress?) throws(Problem) {
        guard allows(address) else { throw Problem(.addressNotAllowed, "Not from this address") }
    }
}
