import Runtime
import Synchronization

/// Looks now and then at the certificates of our own addresses, as everybody sees them, so that somebody is told before
/// they end.
public final class CertificateWatch: LifecycleComponent {
    public let name = "certificates"
    private static let interval = Duration.hours(1)

    private let addresses: [String]
    private let loops: LoopGroup
    private let http: HTTPClient
    private let ends: Family<Gauge>
    private let failures: Family<Counter>
    private let log: Logger
    private let work = Mutex<Task<Void, Never>?>(nil)

    /// Only the addresses that begin with `https` are looked at. `certificates`: a PEM file in place of the system's.
    public init(
        _ addresses: [String], loops: LoopGroup, certificates: String? = nil, metrics: MetricsRegistry, log: Logger
    ) {
        self.addresses = Set(addresses.filter { $0.hasPrefix("https://") }).sorted()
        self.loops = loops
        self.log = log.part("certificates")
        var options = HTTPClient.Options()
        options.looksAtCertificates = true
        options.limits = HTTPLimits(connect: .seconds(5), idle: .seconds(5), total: .seconds(10))
        options.trustedCertificates = certificates
        http = HTTPClient(on: loops, options)
        ends = metrics.gauges(
            "certificate_expiry_timestamp_seconds", "When the certificate of one of our addresses ends.",
            labels: ["address"])
        failures = metrics.counters(
            "certificate_check_failures_total", "Looks at a certificate that found none, or one that does not count.",
            labels: ["address"])
    }

    public func start() async throws {
        let addresses = addresses
        guard !addresses.isEmpty else { return }
        for address in addresses { failures.with(address).add(0) }
        let task = loops.next().spawn { [self] in
            while !Task.isCancelled {
                for address in addresses { await look(at: address) }
                try? await SystemClock().sleep(for: Self.interval)
            }
        }
        work.withLock { $0 = task }
    }

    public func stop() async {
        work.withLock { exchange(&$0, with: nil) }?.cancel()
        await http.shutDown()
    }

    private func look(at address: String) async {
        do throws(HTTPClientError) {
            let answer = try await http.send(HTTPRequest(.head, address))
            if let end = answer.certificateEnd { ends.with(address).set(end.inSeconds) }
        } catch {
            guard error != .cancelled, error != .shutDown else { return }
            failures.with(address).add()
            log.warning(
                "cannot look at a certificate of ours", ["address": .string(address), "error": .string("\(error)")])
        }
    }
}
