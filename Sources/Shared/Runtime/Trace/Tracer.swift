import Synchronization

/// Says which traces are kept, and keeps their spans until they are sent. Never waits, and never holds more than so many.
public final class Tracer: Sendable {
    /// Spans sent at once.
    public static let batch = 512
    private let limit: Int
    private let sampling: TraceSampling
    private let kept = Mutex<[Span]>([])
    private let recorded: Counter
    private let dropped: Family<Counter>

    public init(_ sampling: TraceSampling, limit: Int = 8192, metrics: MetricsRegistry = MetricsRegistry()) {
        self.sampling = sampling
        self.limit = limit
        recorded = metrics.counter("trace_spans_recorded_total", "Spans of traces that are kept.")
        dropped = metrics.counters(
            "trace_spans_dropped_total", "Spans that no collector has got, by why.", labels: ["reason"])
        for reason in ["buffer_full", "not_sent"] { dropped.with(reason).add(0) }
    }

    /// Whether a trace is kept; `parent` is what the caller says of it.
    public func samples(_ trace: TraceContext, parent: TraceContext?) -> Bool {
        sampling.keeps(trace, parent: parent)
    }

    public func record(_ span: Span) {
        recorded.add()
        let isKept = kept.withLock { kept in
            guard kept.count < limit else { return false }
            kept.append(span)
            return true
        }
        if !isKept { dropped.with("buffer_full").add() }
    }

    /// The oldest, at most a batch of them.
    public func take() -> [Span] {
        kept.withLock { kept in
            let taken = Array(kept.prefix(Self.batch))
            kept.removeFirst(taken.count)
            return taken
        }
    }

    /// Spans that no collector has got.
    public var lost: UInt64 { dropped.with("buffer_full").value + dropped.with("not_sent").value }

    public var count: Int { kept.withLock { $0.count } }

    /// They could not be sent.
    public func drop(_ count: Int) { dropped.with("not_sent").add(count) }
}

/// Which traces are kept: `OTEL_TRACES_SAMPLER` with its argument.
public struct TraceSampling: Sendable, Hashable {
    public enum Rule: String, Sendable, CaseIterable {
        case always = "always_on"
        case never = "always_off"
        case ratio = "traceidratio"
        case parentOrAlways = "parentbased_always_on"
        case parentOrNever = "parentbased_always_off"
        case parentOrRatio = "parentbased_traceidratio"
    }

    private let rule: Rule
    private let bound: UInt64
    /// The part of the id that is random in every version of the specification.
    private static let randomBits: UInt64 = (1 << 56) - 1

    public init(_ rule: Rule, ratio: Double = 1) {
        self.rule = rule
        bound = ratio >= 1 ? .max : UInt64(max(ratio, 0) * Double(Self.randomBits))
    }

    func keeps(_ trace: TraceContext, parent: TraceContext?) -> Bool {
        switch rule {
        case .always: true
        case .never: false
        case .ratio: isWithinRatio(trace)
        case .parentOrAlways: parent?.isSampled ?? true
        case .parentOrNever: parent?.isSampled ?? false
        case .parentOrRatio: parent?.isSampled ?? isWithinRatio(trace)
        }
    }

    private func isWithinRatio(_ trace: TraceContext) -> Bool { trace.traceLow & Self.randomBits < bound }
}
