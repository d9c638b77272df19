import HTTP
import Runtime

/// What one loop needs for its requests.
final class FrameShard {
    private let accessLog: AccessLog
    private let meters: RouteMeters
    private let errors: ErrorRate
    private let routes: [RouteLabel]
    // Every request looks at these; nothing that is called meanwhile comes back here, so a check of exclusive access at run
    // time would find nothing.
    @exclusivity(unchecked) private var random = [UInt64](repeating: 0, count: 30)
    @exclusivity(unchecked) private var randomLeft = 0

    init(on loop: EventLoop, _ log: Logger, _ routes: [RouteLabel], _ family: Family<Histogram>, _ errors: ErrorRate) {
        accessLog = AccessLog(on: loop, log, routes)
        meters = RouteMeters(family, routes)
        self.errors = errors
        self.routes = routes
    }

    /// Three words of randomness, fetched many at a time.
    func bits() -> (UInt64, UInt64, UInt64) {
        if randomLeft < 3 {
            random.withUnsafeMutableBytes { Entropy.fill($0) }
            randomLeft = random.count
        }
        randomLeft -= 3
        return (random[randomLeft], random[randomLeft + 1], random[randomLeft + 2])
    }

    func ended(_ record: AccessRecord) {
        let took = MonotonicTime.now.nanoseconds - record.arrival.nanoseconds
        meters.observe(record, seconds: Double(took) * 1e-9)
        errors.count(record.status)
        accessLog.write(record, took: took)
        if let tracer = record.facts.tracer { tracer.record(span(of: record, took: took)) }
    }

    private func span(of record: AccessRecord, took: UInt64) -> Span {
        let route = routes[record.route ?? routes.count - 1]
        var facts: LogMetadata = [
            "http.request.method": .string(record.method.rawValue), "http.route": .string(route.pattern),
            "http.response.status_code": .int(record.status), "request.id": .string(record.facts.id.description),
        ]
        if let user = record.user { facts["user.id"] = .uuid(user) }
        return Span(
            "\(record.method.rawValue) \(route.pattern)", .server, record.facts.span, parent: record.facts.parent,
            from: record.facts.time, to: record.facts.time + .nanoseconds(Int64(took)), facts,
            failure: record.status >= 500 ? "status \(record.status)" : nil)
    }
}
