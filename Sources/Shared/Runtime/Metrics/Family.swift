import Synchronization

/// All series of one name. Ask for a series once and keep it: the look-up takes a lock, counting does not.
public final class Family<Series: MetricSeries>: MetricFamily {
    /// So many combinations of labels are kept; what comes later counts under `other`. Guards against labels that
    /// someone outside chooses.
    private static var mostSeries: Int { 2000 }

    public let shape: MetricShape
    public let help: String
    private let make: @Sendable () -> Series
    private let series = Mutex<[[String]: Series]>([:])

    init(_ shape: MetricShape, help: String, make: @escaping @Sendable () -> Series) {
        self.shape = shape
        self.help = help
        self.make = make
    }

    /// The series with these values of the labels, in the order in which the labels were named.
    public func with(_ values: String...) -> Series { with(values) }

    public func with(_ values: [String]) -> Series {
        precondition(values.count == shape.labels.count, "\(shape.name) has the labels \(shape.labels)")
        return series.withLock { series in
            if let known = series[values] { return known }
            let isFull = series.count >= Self.mostSeries
            let key = isFull ? values.map { _ in "other" } : values
            if isFull, let known = series[key] { return known }
            let new = make()
            series[key] = new
            return new
        }
    }

    public func append(to text: inout ByteBuffer) {
        let ordered = series.withLock { $0.sorted { $0.key.lexicographicallyPrecedes($1.key) } }
        for (values, series) in ordered {
            series.append(shape.name, LabelText(zip(shape.labels, values)), to: &text)
        }
    }
}

/// Series whose values are asked for when somebody looks.
final class CallbackFamily: MetricFamily {
    private struct Source: Sendable {
        let labels: LabelText
        let read: @Sendable () -> Double
    }

    let shape: MetricShape
    let help: String
    private let sources = Mutex<[Source]>([])

    init(_ shape: MetricShape, help: String) {
        self.shape = shape
        self.help = help
    }

    func add(_ labels: LabelText, _ read: @escaping @Sendable () -> Double) {
        sources.withLock { sources in
            precondition(!sources.contains { $0.labels == labels }, "\(shape.name)\(labels.text) is already there")
            sources.append(Source(labels: labels, read: read))
        }
    }

    func append(to text: inout ByteBuffer) {
        // Outside the lock: what is asked may take its time, or add a source.
        for source in sources.withLock({ $0.sorted { $0.labels.text < $1.labels.text } }) {
            text.append(sample: shape.name, source.labels) { $0.append(metric: source.read()) }
        }
    }
}

protocol MetricFamily: AnyObject, Sendable {
    var shape: MetricShape { get }
    var help: String { get }
    func append(to text: inout ByteBuffer)
}

/// What must agree when a name is registered twice.
public struct MetricShape: Sendable, Hashable {
    public let name: String
    public let kind: MetricKind
    public let labels: [String]
    public let bounds: [Double]
    let isComputed: Bool

    init(_ name: String, _ kind: MetricKind, labels: [String], bounds: [Double] = [], isComputed: Bool = false) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.bounds = bounds
        self.isComputed = isComputed
        precondition(name.isMetricName, "\"\(name)\" is not a name of a metric")
        for label in labels {
            precondition(
                label.isMetricName && !label.contains(":") && !label.hasPrefix("__"), "\"\(label)\" is not a label")
        }
        precondition(Set(labels).count == labels.count, "\(name) names a label twice")
        precondition(kind != .histogram || !labels.contains("le"), "\(name): a histogram has its own \"le\"")
        precondition(bounds.count <= Histogram.mostBounds, "\(name) has more than \(Histogram.mostBounds) bounds")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "\(name): bounds must rise")
    }
}

extension String {
    fileprivate var isMetricName: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first) else { return false }
        return utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
                || $0 == 0x3A
        }
    }
}
