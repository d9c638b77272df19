import Synchronization

/// One line, or one group of lines, of a family: what the code that counts holds on to.
public protocol MetricSeries: AnyObject, Sendable {
    static var kind: MetricKind { get }
    func append(_ name: String, _ labels: LabelText, to text: inout ByteBuffer)
}

/// What Prometheus calls the type.
public enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// A number that only grows. Adding is one atomic instruction.
public final class Counter: MetricSeries {
    public static let kind = MetricKind.counter
    private let count = Atomic<UInt64>(0)

    init() {}

    public var value: UInt64 { count.load(ordering: .relaxed) }

    public func add(_ amount: Int = 1) {
        precondition(amount >= 0, "a counter only grows")
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    public func append(_ name: String, _ labels: LabelText, to text: inout ByteBuffer) {
        text.append(sample: name, labels) { $0.append(decimal: value) }
    }
}

/// A number that rises and falls.
public final class Gauge: MetricSeries {
    public static let kind = MetricKind.gauge
    private let number = AtomicDouble()

    init() {}

    public var value: Double { number.value }

    public func set(_ value: Double) { number.set(value) }

    public func set(_ value: Int) { number.set(Double(value)) }

    public func add(_ amount: Double = 1) { number.add(amount) }

    public func subtract(_ amount: Double = 1) { number.add(-amount) }

    public func append(_ name: String, _ labels: LabelText, to text: inout ByteBuffer) {
        text.append(sample: name, labels) { $0.append(metric: value) }
    }
}

/// How often values fell between given bounds. Observing is two atomic instructions.
public final class Histogram: MetricSeries {
    public static let kind = MetricKind.histogram
    /// Seconds, from half a millisecond to ten seconds.
    public static let latency = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Bytes, from 256 to 64 MiB.
    public static let sizes = stride(from: 8.0, through: 26, by: 2).map { Double(1 << Int($0)) }
    /// Numbers of things handled at once.
    public static let batches = (0...12).map { Double(1 << $0) }
    static let mostBounds = 23

    private let bounds: [Double]
    /// One per bound, and one for what is above them all.
    private let counts: InlineArray<24, Atomic<UInt64>> = InlineArray { _ in Atomic(0) }
    private let sum = AtomicDouble()

    init(bounds: [Double]) { self.bounds = bounds }

    public var count: UInt64 { (0...bounds.count).reduce(0) { $0 + counts[$1].load(ordering: .relaxed) } }

    public func observe(_ value: Double) {
        if value.isNaN { return }
        var bucket = 0
        while bucket < bounds.count && value > bounds[bucket] { bucket += 1 }
        counts[bucket].wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    /// Many values that were counted elsewhere: how many fell into each bucket, the one above all bounds included.
    public func add(_ amounts: [Int], sum total: Double) {
        precondition(amounts.count == bounds.count + 1, "an amount for each bucket")
        for (bucket, amount) in amounts.enumerated() where amount > 0 {
            counts[bucket].wrappingAdd(UInt64(amount), ordering: .relaxed)
        }
        if total != 0 { sum.add(total) }
    }

    public func observe(_ span: Duration) { observe(span.inSeconds) }

    public func observe(since start: MonotonicTime) { observe(MonotonicTime.now - start) }

    public func append(_ name: String, _ labels: LabelText, to text: inout ByteBuffer) {
        var total: UInt64 = 0
        for bucket in 0...bounds.count {
            total += counts[bucket].load(ordering: .relaxed)
            let bound = bucket < bounds.count ? bounds[bucket] : .infinity
            text.append(sample: name + "_bucket", labels.adding("le", bound)) { $0.append(decimal: total) }
        }
        text.append(sample: name + "_sum", labels) { $0.append(metric: sum.value) }
        text.append(sample: name + "_count", labels) { $0.append(decimal: total) }
    }
}

/// A floating-point number that several threads change.
private struct AtomicDouble: ~Copyable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let outcome = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if outcome.exchanged { return }
            seen = outcome.original
        }
    }
}
