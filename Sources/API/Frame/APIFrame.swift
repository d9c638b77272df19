import HTTP
import Model
import Queue
import Redis
import Runtime

/// Takes requests, finds their routes, and sees to all that is the same for every one of them.
package final class APIFrame: Sendable {
    let options: FrameOptions
    let routes: [APIRoute]
    let router: Router<Int>
    let parts: CallParts
    let authenticator: Authenticator
    let limiter: RateLimiter
    let log: Logger
    private let shards: [LoopBound<FrameShard>]
    private let answerHeaders: AnswerHeaders

    package init(
        _ options: FrameOptions, _ tables: [APIRoutes], tokens: any TokenCheck, durable: DurableQueue,
        redis: RedisClient, redisPrefix: String, loops: LoopGroup, metrics: MetricsRegistry, log: Logger
    ) {
        self.options = options
        self.log = log.part("http")
        routes = tables.flatMap(\.routes)
        var router = Router<Int>()
        for (index, route) in routes.enumerated() { router.add(route.method, route.pattern, index) }
        self.router = router
        parts = CallParts(durable: durable, cursorKeys: options.cursorKeys)
        authenticator = Authenticator(tokens, loops: loops)
        limiter = RateLimiter(options.limits, redis: redis, prefix: redisPrefix, loops: loops, metrics: metrics)
        answerHeaders = AnswerHeaders(options)
        let labels = routes.map { RouteLabel(method: $0.method.rawValue, pattern: $0.pattern.description) } + [.none]
        let family = RouteMeters.family(in: metrics)
        let errors = ErrorRate(metrics)
        let httpLog = self.log
        shards = loops.loops.map { LoopBound(FrameShard(httpLog, labels, family, errors), to: $0) }
    }

    /// What the server calls with each request.
    package var handler: Handler { respond(to:) }

    package func respond(to request: Request) async -> Response {
        let call = begin(request)
        var response: Response
        switch router.match(request.method, request.path) {
        case .found(let index, let values):
            call.route = index
            call.routeName = routes[index].name
            response = await Log.$context.withValue(call.facts) { await run(routes[index], values, call) }
        case .methodNotAllowed(let methods):
            response = call.response(to: Problem(.methodNotAllowed))
            response.headers.add("Allow", methods.description)
        case .options(let methods): response = answerHeaders.options(methods, request)
        case .notFound: response = await refuseStranger(Problem(.notFound, "Nothing has this path"), call)
        case .malformed: response = await refuseStranger(Problem(.badRequest, "The path has a broken escape"), call)
        }
        return finish(response, call)
    }

    // MARK: Begin and end

    private func begin(_ request: Request) -> Call {
        let now = Timestamp.now
        let bits = shards[request.loop.index].onCurrentLoop { shard, _ in shard.bits() }
        let own = UUID.v7(at: now, random: (bits.0, bits.1))
        let given = request.headers["X-Request-Id"].flatMap { RequestID($0) }
        let trace: TraceContext
        if let parent = request.headers["traceparent"].flatMap({ TraceContext(traceparent: $0) }) {
            trace = TraceContext(
                traceHigh: parent.traceHigh, traceLow: parent.traceLow, spanID: max(bits.2, 1), flags: parent.flags)
        } else {
            trace = TraceContext(startingWith: own, span: bits.2)
        }
        return Call(request, CallFacts(given ?? RequestID(own), trace, at: now), parts)
    }

    private func finish(_ response: consuming Response, _ call: Call) -> Response {
        answerHeaders.add(to: &response, call)
        let record = AccessRecord(
            facts: call.facts, method: call.request.method, route: call.route,
            path: call.route == nil ? call.request.path : nil, client: call.request.client,
            user: call.caller?.user.uuid, arrival: call.request.arrival, status: response.status,
            bytes: response.knownLength)
        let shard = shards[call.request.loop.index]
        if case .stream(let produce) = response.body {
            response.body = .stream(Self.watched(produce, record, shard))
        } else {
            shard.onCurrentLoop { shard, domain in shard.ended(record, on: domain) }
        }
        return response
    }

    /// A stream ends when its last piece was written.
    private static func watched(
        _ produce: @escaping @Sendable (any BodyWriter) async throws -> Void, _ record: AccessRecord,
        _ shard: LoopBound<FrameShard>
    ) -> @Sendable (any BodyWriter) async throws -> Void {
        { writer in
            let counting = CountingWriter(writer)
            defer {
                var record = record
                record.bytes = counting.bytes
                shard.onCurrentLoop { [record] shard, domain in shard.ended(record, on: domain) }
            }
            try await Log.$context.withValue(record.facts) { try await produce(counting) }
        }
    }

    /// Whoever tries paths that do not exist is limited like anybody.
    private func refuseStranger(_ problem: Problem, _ call: Call) async -> Response {
        do {
            try await limit(call, .standard, .stranger)
            return call.response(to: problem)
        } catch {
            return call.response(to: Problem(error))
        }
    }
}

extension Response {
    /// Bytes of the body, as far as they are known beforehand.
    fileprivate var knownLength: Int {
        switch body {
        case .bytes(let bytes): bytes.count
        case .file(_, let range): range?.count ?? 0
        case .none, .stream, .upgrade: 0
        }
    }
}
