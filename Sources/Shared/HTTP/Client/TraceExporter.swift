import JSON
import Runtime
import Synchronization

/// Sends spans to a collector, as OTLP over HTTP in JSON: many at once, now and then. Nothing waits for it; what the
/// collector does not take is dropped and counted.
public final class TraceExporter: LifecycleComponent {
    public let name = "traces"
    private static let limits = HTTPLimits(connect: .seconds(3), idle: .seconds(5), total: .seconds(8))

    private let tracer: Tracer
    private let config: TraceConfig
    private let service: String
    private let loops: LoopGroup
    private let http: HTTPClient
    private let log: Logger
    private let complaints = Complaints()
    private let work = Mutex<Task<Void, Never>?>(nil)

    public init(_ tracer: Tracer, _ config: TraceConfig, process: String, loops: LoopGroup, log: Logger) {
        self.tracer = tracer
        self.config = config
        self.loops = loops
        self.log = log.part("traces")
        service = config.service ?? process
        http = HTTPClient(on: loops)
    }

    public func start() async throws {
        let task = loops.next().spawn { [self] in
            while !Task.isCancelled {
                try? await SystemClock().sleep(for: config.delay)
                await sendAll()
            }
        }
        work.withLock { $0 = task }
    }

    /// What is left goes out once more, as far as the collector takes it.
    public func stop() async {
        let task = work.withLock { exchange(&$0, with: nil) }
        task?.cancel()
        await task?.value
        await sendAll()
        await http.shutDown()
    }

    private func sendAll() async {
        while tracer.count > 0 {
            let spans = tracer.take()
            guard await send(spans) else { return tracer.drop(spans.count) }
        }
    }

    private func send(_ spans: [Span]) async -> Bool {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        for header in config.headers { headers[header.name] = header.value.exposed }
        let request = HTTPRequest(
            .post, config.collector ?? "", headers: headers,
            body: .bytes(TraceDocument(service: service).bytes(of: spans)),
            limits: Self.limits)
        do throws(HTTPClientError) {
            let answer = try await http.send(request)
            guard answer.isSuccess else { return tell("status \(answer.status)") }
            if let lasted = complaints.end("") {
                log.info("the collector takes traces again", ["after": .duration(lasted)])
            }
            return true
        } catch { return error == .cancelled ? false : tell("\(error)") }
    }

    private func tell(_ error: String) -> Bool {
        if complaints.isNews("") {
            log.warning("the collector does not take traces: they are dropped", ["error": .string(error)])
        }
        return false
    }
}

/// Spans as the protocol has them: ids in hexadecimal, numbers of 64 bits as texts.
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
struct TraceDocument {
    let service: String

    func bytes(of spans: [Span]) -> [UInt8] {
        let resource = attributes(["service.name": .string(service), "service.namespace": "switchyard"])
        let document: JSONValue = [
            "resourceSpans": [
                [
                    "resource": ["attributes": resource],
                    "scopeSpans": [["scope": ["name": "switchyard"], "spans": .array(spans.map(json))]],
                ]
            ]
        ]
        return (try? JSONCoder.encode(document)) ?? []
    }

    private func json(_ span: Span) -> JSONValue {
        var members: [String: JSONValue] = [
            "traceId": .string(span.context.traceIDText), "spanId": .string(span.context.spanIDText),
            "name": .string(span.name), "kind": .number(span.kind.rawValue),
            "flags": .number(Int(span.context.flags)),
            "startTimeUnixNano": .string("\(span.start.microseconds)000"),
            "endTimeUnixNano": .string("\(max(span.end, span.start).microseconds)000"),
            "attributes": attributes(span.attributes),
        ]
        if span.parent != 0 { members["parentSpanId"] = .string(TraceContext.hexadecimal(span.parent)) }
        if let failure = span.failure { members["status"] = ["code": .number(2), "message": .string(failure)] }
        return .object(members)
    }

    private func attributes(_ facts: LogMetadata) -> JSONValue {
        .array(facts.fields.map { ["key": .string($0.key), "value": value($0.value)] })
    }

    private func value(_ value: LogValue) -> JSONValue {
        switch value {
        case .string(let text): ["stringValue": .string(text)]
        case .int(let number): ["intValue": .string("\(number)")]
        case .double(let number): ["doubleValue": JSONNumber(number).map { .number($0) } ?? .null]
        case .bool(let flag): ["boolValue": .bool(flag)]
        case .uuid(let uuid): ["stringValue": .string(uuid.description)]
        case .duration(let span): ["doubleValue": JSONNumber(span.inSeconds).map { .number($0) } ?? .null]
        }
    }
}
