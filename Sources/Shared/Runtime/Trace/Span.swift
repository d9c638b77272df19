/// One piece of work with its beginning and its end, as a collector is told of it.
public struct Span: Sendable {
    /// The numbers are those of the protocol.
    public enum Kind: Int, Sendable {
        case server = 2
        case client = 3
        case consumer = 5
    }

    public let name: String
    public let kind: Kind
    public let context: TraceContext
    /// The id of the span that it is part of; 0 where it begins the trace.
    public let parent: UInt64
    public let start: Timestamp
    public let end: Timestamp
    public let attributes: LogMetadata
    /// Why it failed; nil where it did not.
    public let failure: String?

    public init(
        _ name: String, _ kind: Kind, _ context: TraceContext, parent: UInt64, from start: Timestamp, to end: Timestamp,
        _ attributes: LogMetadata = [:], failure: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.start = start
        self.end = end
        self.attributes = attributes
        self.failure = failure
    }
}

/// A call to somebody else that is under way, on behalf of the work in hand.
public struct ClientSpan: Sendable {
    /// What the other side is told.
    public let context: TraceContext
    private let parent: UInt64
    private let start: Timestamp
    private let tracer: Tracer

    /// Nil where the work in hand is not traced, which costs a look at two values of the task.
    public static func begin() -> ClientSpan? {
        guard let tracer = Log.context?.tracer, let trace = TraceContext.inForce, trace.isSampled else { return nil }
        return ClientSpan(context: trace.child(), parent: trace.spanID, start: .now, tracer: tracer)
    }

    public func end(_ name: String, _ attributes: LogMetadata, failure: String? = nil) {
        tracer.record(
            Span(name, .client, context, parent: parent, from: start, to: .now, attributes, failure: failure))
    }
}
