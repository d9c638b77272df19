import HTTP
import Runtime

/// What is known of a request at its end.
struct AccessRecord: Sendable {
    let facts: CallFacts
    let method: HTTPMethod
    /// Its place in the table; nil where no route was found.
    let route: Int?
    /// Only where there is no route, which would say it better.
    let path: String?
    let client: IPAddress?
    let user: UUID?
    let arrival: MonotonicTime
    var status: Int
    var bytes: Int
}

/// One line for each request of a loop. The lines of a turn are made as bytes, gathered, and handed over together.
final class AccessLog: IOSource {
    private let log: Logger
    /// Nil where lines are not wanted as bytes: text for a terminal, or a test that listens.
    private let writer: LogWriter?
    private let routes: [RouteLabel]
    private var lines = ByteBuffer()
    private var count = 0
    private let middle: [UInt8]
    private let isOn: Bool

    init(_ log: Logger, _ routes: [RouteLabel]) {
        self.log = log
        self.routes = routes
        writer = log.writer.flatMap { $0.format == .json ? $0 : nil }
        isOn = log.level <= .info
        middle = Self.constants(process: writer?.process ?? "")
    }

    func write(_ record: AccessRecord, took: Duration, on domain: isolated LoopDomain) {
        guard isOn else { return }
        guard writer != nil else { return writeEvent(record, took: took) }
        if lines.isEmpty { domain.flushAtEndOfTurn(self) }
        append(record, took: took)
        count += 1
    }

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {}

    func flush(on domain: isolated LoopDomain) {
        writer?.write(lines: lines.readable, count: count)
        count = 0
        if lines.count > 1 << 16 { lines.release() } else { lines.clear() }
    }

    // MARK: As bytes

    private static func constants(process: String) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append("\",\"level\":\"info\",\"message\":\"request\",\"process\":")
        buffer.append(jsonString: process)
        buffer.append(",\"component\":\"http\",\"request.id\":\"")
        return buffer.toArray()
    }

    private func append(_ record: AccessRecord, took: Duration) {
        lines.reserve(512)
        lines.append("{\"time\":\"")
        lines.append(time: record.facts.time + took)
        lines.append(middle)
        // Request ids hold nothing that would need an escape.
        lines.append(record.facts.id.description)
        lines.append(routes[record.route ?? routes.count - 1].logText)
        appendMethodAndPath(record)
        lines.append("\"http.status\":")
        lines.append(decimal: record.status)
        lines.append(",\"duration\":")
        lines.append(seconds: took)
        lines.append(",\"bytes\":")
        lines.append(decimal: record.bytes)
        appendPeople(record)
        lines.append("}\n")
    }

    private func appendMethodAndPath(_ record: AccessRecord) {
        lines.append("\"http.method\":\"")
        lines.append(record.method.rawValue)
        lines.append("\",")
        guard let path = record.path else { return }
        lines.append("\"http.path\":")
        lines.append(jsonString: String(path.prefix(200)))
        lines.append(",")
    }

    private func appendPeople(_ record: AccessRecord) {
        if let user = record.user {
            lines.append(",\"user.id\":\"")
            lines.append(uuid: user)
            lines.append("\"")
        }
        if let client = record.client {
            lines.append(",\"client.address\":\"")
            lines.append(address: client)
            lines.append("\"")
        }
        guard let trace = record.facts.trace else { return }
        lines.append(",\"trace.id\":\"")
        lines.append(room: 32) { target in
            trace.writeTraceID(into: target.bindMemory(to: UInt8.self))
            return 32
        }
        lines.append("\"")
    }

    // MARK: As an event

    private func writeEvent(_ record: AccessRecord, took: Duration) {
        var facts: LogMetadata = [
            "request.id": .string(record.facts.id.description),
            "http.route": .string(routes[record.route ?? routes.count - 1].pattern),
            "http.method": .string(record.method.rawValue),
        ]
        if let path = record.path { facts["http.path"] = .string(String(path.prefix(200))) }
        facts["http.status"] = .int(record.status)
        facts["duration"] = .duration(took)
        facts["bytes"] = .int(record.bytes)
        if let user = record.user { facts["user.id"] = .uuid(user) }
        if let client = record.client { facts["client.address"] = .string(client.description) }
        if let trace = record.facts.trace { facts["trace.id"] = .string(trace.traceIDText) }
        log.info("request", facts)
    }
}

/// How a route is called in the log and in metrics.
struct RouteLabel: Sendable {
    let method: String
    let pattern: String
    /// Behind the request id, up to what follows.
    let logText: [UInt8]

    init(method: String, pattern: String) {
        self.method = method
        self.pattern = pattern
        var buffer = ByteBuffer()
        buffer.append("\",\"http.route\":")
        buffer.append(jsonString: pattern)
        buffer.append(",")
        logText = buffer.toArray()
    }

    static let none = RouteLabel(method: "", pattern: "none")
}

extension ByteBuffer {
    fileprivate mutating func append(uuid: UUID) {
        append(room: 36) { target in
            uuid.write(into: target.bindMemory(to: UInt8.self))
            return 36
        }
    }
}
