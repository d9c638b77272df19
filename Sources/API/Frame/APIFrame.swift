import HTTP
import Model
import Queue
import Redis
import Runtime

/// Takes requests, finds their routes, and sees to all that is the same for every one of them.
package final class APIFrame: RequestHandler {
    let options: FrameOptions
    let routes: [APIRoute]
    let router: Router
    let parts: CallParts
    let entitlements: Entitlements
    let authenticator: Authenticator
    let limiter: RateLimiter
    let log: Logger
    private let tracer: Tracer?
    let shards: [LoopBound<FrameShard>]
    let answerHeaders: AnswerHeaders

    package init(
        _ options: FrameOptions, _ tables: [APIRoutes], tokens: any TokenCheck, durable: DurableQueue,
        redis: RedisClient, redisPrefix: String, loops: LoopGroup, metrics: MetricsRegistry, tracer: Tracer? = nil,
        log: Logger, entitlements: Entitlements? = nil
    ) {
        self.options = options
        self.tracer = tracer
        self.entitlements = entitlements ?? Entitlements(database: durable.database)
        self.log = log.part("http")
        routes = tables.flatMap(\.routes)
        var router = Router()
        for (index, route) in routes.enumerated() { router.add(route.method, route.pattern, index) }
        self.router = router
        parts = CallParts(durable: durable, cursorKeys: options.cursorKeys, door: options.door)
        authenticator = Authenticator(tokens, loops: loops, metrics: metrics)
        limiter = RateLimiter(options.limits, redis: redis, prefix: redisPrefix, loops: loops, metrics: metrics)
        answerHeaders = AnswerHeaders(options)
        let labels = routes.map { RouteLabel(method: $0.method.rawValue, pattern: $0.pattern.description) } + [.none]
        let family = RouteMeters.family(in: metrics)
        let errors = ErrorRate(metrics)
        let httpLog = self.log
        shards = loops.loops.map { LoopBound(FrameShard(on: $0, httpLog, labels, family, errors), to: $0) }
    }

    /// What needs no waiting is done without a task: refusals, constants, whatever a route makes of its input alone.
    package func begin(_ request: Request) -> Beginning {
        let shard = shards[request.loop.index]
        let call = makeCall(request, shard)
        let step: Step
        switch router.match(request.method, request.path) {
        case .found(let index, let values):
            call.route = index
            call.routeName = routes[index].name
            step = begin(routes[index], values, call)
        case .methodNotAllowed(let methods):
            var response = call.response(to: Problem(.methodNotAllowed))
            response.headers.add("Allow", methods.description)
            step = .answer(response)
        case .options(let methods): step = .answer(answerHeaders.options(methods, request))
        case .notFound: step = refuseStranger(Problem(.notFound, "Nothing has this path"), call)
        case .malformed: step = refuseStranger(Problem(.badRequest, "The path has a broken escape"), call)
        }
        switch step {
        case .answer(var response):
            finish(&response, call, shard)
            return .answer(response)
        case .pending(let start):
            return .pending { [self] respond in
                start { [self] response in
                    var response = response
                    finish(&response, call, shard)
                    respond(response)
                }
            }
        case .work(let work):
            return .work { [self] in
                var response = await Log.$context.withValue(call.facts) { await work() }
                finish(&response, call, shard)
                return response
            }
        }
    }

    /// What comes of a request: as for the server, but nothing is thrown any more.
    enum Step {
        case answer(Response)
        case pending((@escaping Beginning.Respond) -> Void)
        case work(Work)
    }

    typealias Work = nonisolated(nonsending) () async -> Response

    // MARK: Begin and end

    func makeCall(_ request: Request, _ shard: LoopBound<FrameShard>) -> Call {
        let now = Timestamp.now
        let bits = shard.lend { $0.bits() }
        let own = UUID.v7(at: now, random: (bits.0, bits.1))
        let given = request.headers["X-Request-Id"].flatMap { RequestID($0) }
        let parent = request.headers["traceparent"].flatMap { TraceContext(traceparent: $0) }
        var trace =
            parent.map {
                TraceContext(traceHigh: $0.traceHigh, traceLow: $0.traceLow, spanID: max(bits.2, 1), flags: $0.flags)
            } ?? TraceContext(startingWith: own, span: bits.2)
        guard let tracer else { return Call(request, CallFacts(given ?? RequestID(own), trace, at: now), parts) }
        let isKept = tracer.samples(trace, parent: parent)
        trace = trace.marked(sampled: isKept)
        let facts = CallFacts(
            given ?? RequestID(own), trace, at: now, below: parent?.spanID ?? 0, tracer: isKept ? tracer : nil)
        return Call(request, facts, parts)
    }

    private func finish(_ response: inout Response, _ call: Call, _ shard: LoopBound<FrameShard>) {
        answerHeaders.add(to: &response, call)
        let record = AccessRecord(
            facts: call.facts, method: call.request.method, route: call.route,
            path: call.route == nil ? call.request.path : nil, client: call.request.client,
            user: call.caller?.user.uuid, arrival: call.request.arrival, status: response.status,
            bytes: response.knownLength)
        if case .stream(let produce) = response.body, call.request.method != .head {
            response.body = .stream(Self.watched(produce, record, shard))
        } else {
            shard.lend { $0.ended(record) }
        }
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
                shard.lend { $0.ended(record) }
            }
            try await Log.$context.withValue(record.facts) { try await produce(counting) }
        }
    }

    /// Whoever tries paths that do not exist is limited like anybody.
    private func refuseStranger(_ problem: Problem, _ call: Call) -> Step {
        do {
            if try limit(call, .standard, .stranger) { return .answer(call.response(to: problem)) }
        } catch {
            return .answer(call.response(to: Problem(error)))
        }
        return .work { [self] in
            do {
                try await ask(call, .standard, .stranger)
                return call.response(to: problem)
            } catch {
                return call.response(to: Problem(error))
            }
        }
    }
}

extension Response {
    /// Bytes of the body, as far as they are known beforehand.
    fileprivate var knownLength: Int {
        switch body {
        case .bytes(let bytes): bytes.count
        case .file(_, let range): range?.count ?? 0
        case .parts(let count, _): count
        case .none, .stream, .upgrade: 0
        }
    }
}
