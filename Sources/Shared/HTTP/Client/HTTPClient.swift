import Runtime

/// Asks other servers: HTTP/1.1 and 2 over libcurl, on the event loops. Each loop has its own connections.
///
/// A call from a task on a loop stays on it. Keep one client for each set of options, as its connections are reused.
package final class HTTPClient: Sendable {
    package enum Version: Sendable {
        case http1
        /// Where TLS agrees on it; HTTP/1.1 else.
        case http2
    }

    package enum Proxy: Sendable, Equatable {
        case none
        case url(String)
        /// `https_proxy`, `no_proxy` and so on.
        case environment
    }

    package struct Options: Sendable {
        package var limits = HTTPLimits()
        /// How many exchanges with one origin (scheme, host, port) a loop has at a time; more wait for their turn.
        package var concurrentPerOrigin = 16
        package var idleConnections = 64
        package var version = Version.http2
        package var proxy = Proxy.none
        /// For URLs that come from users. Not together with a proxy, which would do the connecting.
        package var urlGuard: URLGuard?
        /// A PEM file in place of the system's certificates.
        package var trustedCertificates: String?
        package var userAgent = "Switchyard"

        package init() {}
    }

    private let group: LoopGroup
    private let shards: [LoopBound<HTTPShard>]

    package init(on group: LoopGroup, _ options: Options = Options()) {
        precondition(options.urlGuard == nil || options.proxy == .none, "a proxy would connect where the guard forbids")
        self.group = group
        shards = group.loops.map { LoopBound(HTTPShard(options), to: $0) }
    }

    /// The answer, whatever its status. Throws when there is none.
    package func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPAnswer {
        let shard = nextShard()
        return try await Self.send(request, to: nil, by: shard, on: shard.loop.domain)
    }

    /// Like `send`, but the body of a successful answer goes into a file, which appears when it is complete. Of any other
    /// answer the body's beginning is in the answer, and there is no file.
    package func download(_ request: HTTPRequest, to path: String) async throws(HTTPClientError) -> HTTPAnswer {
        let shard = nextShard()
        return try await Self.send(request, to: path, by: shard, on: shard.loop.domain)
    }

    /// Fails what is under way or waits with `shutDown`, and closes all connections. Later requests fail too.
    package func shutDown() async {
        for shard in shards { await Self.shutDown(shard, on: shard.loop.domain) }
    }

    /// How many connections were opened so far.
    package func openedConnections() async -> Int {
        var sum = 0
        for shard in shards { sum += await Self.openedConnections(shard, on: shard.loop.domain) }
        return sum
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
