import Runtime

/// Asks other servers: HTTP/1.1 and 2 over libcurl, on the event loops. Each loop has its own connections.
///
/// A call from a task on a loop stays on it. Keep one client for each set of options, as its connections are reused.
public final class HTTPClient: Sendable {
    public enum Version: Sendable {
        case http1
        /// Where TLS agrees on it; HTTP/1.1 else.
        case http2
    }

    public enum Proxy: Sendable, Equatable {
        case none
        case url(String)
        /// `https_proxy`, `no_proxy` and so on.
        case environment
    }

    public struct Options: Sendable {
        public var limits = HTTPLimits()
        /// How many exchanges with one origin (scheme, host, port) a loop has at a time; more wait for their turn.
        public var concurrentPerOrigin = 16
        public var idleConnections = 64
        public var version = Version.http2
        public var proxy = Proxy.none
        /// For URLs that come from users. Not together with a proxy, which would do the connecting.
        public var urlGuard: URLGuard?
        /// A PEM file in place of the system's certificates.
        public var trustedCertificates: String?
        public var userAgent = "Switchyard"
        public var meters: ProviderMeters?
        /// Whether answers say when the certificate of the other side ends.
        public var looksAtCertificates = false

        public init() {}

        /// The usual, with an eye on how `provider` answers.
        public init(_ metrics: MetricsRegistry?, _ provider: String) {
            meters = metrics.map { ProviderMeters($0, provider) }
        }
    }

    private let group: LoopGroup
    private let meters: ProviderMeters?
    /// Whoever a user makes us call is told nothing of our traces.
    private let tellsTraces: Bool
    private let shards: [LoopBound<HTTPShard>]

    public init(on group: LoopGroup, _ options: Options = Options()) {
        precondition(options.urlGuard == nil || options.proxy == .none, "a proxy would connect where the guard forbids")
        self.group = group
        meters = options.meters
        tellsTraces = options.urlGuard == nil
        shards = group.loops.map { LoopBound(HTTPShard(options), to: $0) }
    }

    /// The answer, whatever its status. Throws when there is none.
    public func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPAnswer {
        try await watched(request, to: nil)
    }

    /// Like `send`, but the body of a successful answer goes into a file, which appears when it is complete. Of any other
    /// answer the body's beginning is in the answer, and there is no file.
    public func download(_ request: HTTPRequest, to path: String) async throws(HTTPClientError) -> HTTPAnswer {
        try await watched(request, to: path)
    }

    /// Fails what is under way or waits with `shutDown`, and closes all connections. Later requests fail too.
    public func shutDown() async {
        for shard in shards { await Self.shutDown(shard, on: shard.loop.domain) }
    }

    /// How many connections were opened so far.
    public func openedConnections() async -> Int {
        var sum = 0
        for shard in shards { sum += await Self.openedConnections(shard, on: shard.loop.domain) }
        return sum
    }

    /// Counted, and part of the trace of the work in hand.
    private func watched(_ request: HTTPRequest, to path: String?) async throws(HTTPClientError) -> HTTPAnswer {
        let shard = nextShard()
        let span = ClientSpan.begin()
        guard meters != nil || span != nil else {
            return try await Self.send(request, to: path, by: shard, on: shard.loop.domain)
        }
        var request = request
        if let span, tellsTraces { request.headers["traceparent"] = span.context.traceparent }
        let start = MonotonicTime.now
        do throws(HTTPClientError) {
            let answer = try await Self.send(request, to: path, by: shard, on: shard.loop.domain)
            meters?.observe("\(answer.status / 100)xx", since: start, by: request.provider)
            span?.end(request, answer.status)
            return answer
        } catch {
            meters?.observe(error.outcome, since: start, by: request.provider)
            span?.end(request, nil, failure: "\(error)")
            throw error
        }
    }

    private func nextShard() -> LoopBound<HTTPShard> { shards[group.next().index] }

    private static func send(
        _ request: HTTPRequest, to path: String?, by shard: LoopBound<HTTPShard>, on domain: isolated LoopDomain
    ) async throws(HTTPClientError) -> HTTPAnswer {
        try await shard.value(on: domain).send(request, to: path, on: domain)
    }

    private static func shutDown(_ shard: LoopBound<HTTPShard>, on domain: isolated LoopDomain) {
        shard.value(on: domain).shutDown(on: domain)
    }

    private static func openedConnections(_ shard: LoopBound<HTTPShard>, on domain: isolated LoopDomain) -> Int {
        shard.value(on: domain).openedConnections
    }
}

extension ClientSpan {
    fileprivate func end(_ request: HTTPRequest, _ status: Int?, failure: String? = nil) {
        var facts: LogMetadata = ["http.request.method": .string(request.method.rawValue)]
        // Neither path nor query: both may hold what is secret.
        if let url = URL(request.url) {
            facts["server.address"] = .string(url.host)
            if let port = url.port { facts["server.port"] = .int(port) }
        }
        if let status { facts["http.response.status_code"] = .int(status) }
        if let provider = request.provider { facts["peer.service"] = .string(provider) }
        let isFailure = status.map { $0 >= 400 } ?? true
        end(request.method.rawValue, facts, failure: failure ?? (isFailure ? "status \(status ?? 0)" : nil))
    }
}
