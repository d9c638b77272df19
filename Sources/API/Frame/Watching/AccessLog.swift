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
    private let loop: EventLoop
    private let log: Logger
    /// Nil where lines are not wanted as bytes: text for a terminal, or a test that listens.
    private let writer: LogWriter?
    private let routes: [RouteLabel]
    // Every request looks at these; nothing that is called meanwhile comes back here, so a check of exclusive access at run
    // time would find nothing.
    @exclusivity(unchecked) private var lines = ByteBuffer()
    @exclusivity(unchecked) private var count = 0
    private let middle: [UInt8]
    private let isOn: Bool

    init(on loop: EventLoop, _ log: Logger, _ routes: [RouteLabel]) {
        self.loop = loop
        self.log = log
        self.routes = routes
        writer = log.writer.flatMap { $0.format == .json ? $0 : nil }
        isOn = log.level <= .info
        middle = Self.constants(process: writer?.process ?? "")
    }

    /// `took` in nanoseconds.
    func write(_ record: AccessRecord, took: UInt64) {
        guard isOn else { return }
        guard writer != nil else { return writeEvent(record, took: took) }
        if lines.isEmpty { loop.withCurrent(self) { $1.flushAtEndOfTurn($0) } }
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

    private func append(_ record: AccessRecord, took: UInt64) {
        let route = routes[record.route ?? routes.count - 1]
        let path = record.path.map(Self.member(path:)) ?? []
        let room = 400 + RequestID.longest + middle.count + route.logText.count + path.count
        lines.append(room: room) { room in
            var line = ByteCursor(room.bindMemory(to: UInt8.self))
            line.put("{\"time\":\"")
            line.put(Timestamp(microseconds: record.facts.time.microseconds + Int64(took / 1000)))
            line.put(middle)
            line.put(record.facts.id)
            line.put(route.logText)
            line.put("\"http.method\":\"")
            line.put(record.method.rawValue)
            line.put("\",")
            line.put(path)
            line.put("\"http.status\":")
            line.put(decimal: record.status)
            line.put(",\"duration\":")
            line.put(seconds: took)
            line.put(",\"bytes\":")
            line.put(decimal: record.bytes)
            Self.putPeople(of: record, into: &line)
            line.put("}\n")
            return line.count
        }
    }

    private static func member(path: String) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append("\"http.path\":")
        buffer.append(jsonString: String(path.prefix(200)))
        buffer.append(",")
        return buffer.toArray()
    }

    private static func putPeople(of record: AccessRecord, into line: inout ByteCursor) {
        if let user = record.user {
            line.put(",\"user.id\":\"")
            line.put(user)
            line.put("\"")
        }
        if let client = record.client {
            line.put(",\"client.address\":\"")
            line.put(client)
            line.put("\"")
        }
        line.put(",\"trace.id\":\"")
        line.put(traceIDOf: record.facts.span)
        line.put("\"")
    }

    // MARK: As an event

    private func writeEvent(_ record: AccessRecord, took: UInt64) {
        var facts: LogMetadata = [
            "request.id": .string(record.facts.id.description),
            "http.route": .string(routes[record.route ?? routes.count - 1].pattern),
            "http.method": .string(record.method.rawValue),
        ]
        if let path = record.path { facts["http.path"] = .string(String(path.prefix(200))) }
        facts["http.status"] = .int(record.status)
        facts["duration"] = .duration(.nanoseconds(Int64(took)))
        facts["bytes"] = .int(record.bytes)
        if let user = record.user { facts["user.id"] = .uuid(user) }
        if let client = record.client { facts["client.address"] = .string(client.description) }
        facts["trace.id"] = .string(record.facts.span.traceIDText)
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
