import Synchronization

/// All that a process counts and measures. Asking twice for the same name gives the same thing; asking for it in
/// another shape is a programmer's mistake and stops the process.
public final class MetricsRegistry: Sendable {
    private let families = Mutex<[String: any MetricFamily]>([:])

    public init() {}

    // MARK: Counters

    public func counter(_ name: String, _ help: String) -> Counter {
        counters(name, help, labels: []).with()
    }

    public func counters(_ name: String, _ help: String, labels: [String]) -> Family<Counter> {
        family(MetricShape(name, .counter, labels: labels), help) { Counter() }
    }

    // MARK: Gauges

    public func gauge(_ name: String, _ help: String) -> Gauge {
        gauges(name, help, labels: []).with()
    }

    public func gauges(_ name: String, _ help: String, labels: [String]) -> Family<Gauge> {
        family(MetricShape(name, .gauge, labels: labels), help) { Gauge() }
    }

    // MARK: Histograms

    public func histogram(_ name: String, _ help: String, bounds: [Double] = Histogram.latency) -> Histogram {
        histograms(name, help, labels: [], bounds: bounds).with()
    }

    public func histograms(
        _ name: String, _ help: String, labels: [String], bounds: [Double] = Histogram.latency
    ) -> Family<Histogram> {
        family(MetricShape(name, .histogram, labels: labels, bounds: bounds), help) { Histogram(bounds: bounds) }
    }

    // MARK: Computed when somebody looks

    /// `read` runs on the thread that writes the text, so it must not wait. One name may have several label values.
    public func computed(
        _ name: String, _ help: String, _ kind: MetricKind = .gauge, labels: KeyValuePairs<String, String> = [:],
        read: @escaping @Sendable () -> Double
    ) {
        precondition(kind != .histogram, "\(name): a histogram cannot be computed")
        let shape = MetricShape(name, kind, labels: labels.map(\.key), isComputed: true)
        let family = register(shape) { CallbackFamily(shape, help: help) }
        family.add(LabelText(labels.map { ($0.key, $0.value) }), read)
    }

    // MARK: Text

    /// Everything in Prometheus' text format 0.0.4, ordered by name and labels.
    public func write(to text: inout ByteBuffer) {
        for family in families.withLock({ $0.values.sorted { $0.shape.name < $1.shape.name } }) {
            text.append(help: family.help, of: family.shape)
            family.append(to: &text)
        }
    }

    public static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    private func family<Series>(
        _ shape: MetricShape, _ help: String, make: @escaping @Sendable () -> Series
    ) -> Family<Series> {
        register(shape) { Family(shape, help: help, make: make) }
    }

    private func register<F: MetricFamily>(_ shape: MetricShape, make: () -> F) -> F {
        families.withLock { families in
            if let known = families[shape.name] {
                guard known.shape == shape, let family = known as? F else {
                    preconditionFailure("\(shape.name) is already registered in another shape: \(known.shape)")
                }
                return family
            }
            let new = make()
            families[shape.name] = new
            return new
        }
    }
}
