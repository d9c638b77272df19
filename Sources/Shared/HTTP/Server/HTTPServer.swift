import Runtime
import Synchronization

/// An HTTP/1.1 server: a listener and a shard on each loop, one handler for all.
public final class HTTPServer: LifecycleComponent {
    public let name: String
    private let endpoint: Endpoint
    private let loops: [EventLoop]
    private let shards: [LoopBound<ServerShard>]
    private let listeners = Mutex<[LoopBound<Listener>]>([])
    private let bound = Mutex<SocketAddress?>(nil)
    private let turn = Atomic<Int>(0)
    private let threads = BlockingWork()
    private let log: Logger

    public init(
        _ name: String = "http", on endpoint: Endpoint, loops: LoopGroup, _ options: HTTPServerOptions = .init(),
        metrics: MetricsRegistry, log: Logger, handler: any RequestHandler
    ) {
        self.name = name
        self.endpoint = endpoint
        self.loops = loops.loops
        self.log = log
        let (admission, threads) = (Admission(options), threads)
        let meters = ServerMeters(metrics, server: name, shards: loops.loops.count)
        shards = loops.loops.map { loop in
            LoopBound(
                ServerShard(
                    on: loop, options, admission, threads, meters: meters.shard(loop.index), log: log,
                    handler: handler),
                to: loop)
        }
    }

    public convenience init(
        _ name: String = "http", on endpoint: Endpoint, loops: LoopGroup, _ options: HTTPServerOptions = .init(),
        metrics: MetricsRegistry, log: Logger, handler: @escaping Handler
    ) {
        self.init(
            name, on: endpoint, loops: loops, options, metrics: metrics, log: log,
            handler: WaitingHandler(respond: handler))
    }

    /// Where it listens; nil before the start.
    public var address: SocketAddress? { bound.withLock { $0 } }

    public func start() async throws {
        do {
            var wanted = endpoint
            // A path can be bound once; its listener spreads what it accepts.
            for shard in wanted.isPath ? shards.prefix(1) : shards[...] {
                let address = try await listen(on: wanted, shard)
                bound.withLock { $0 = $0 ?? address }
                if case .tcp(let host, 0) = wanted { wanted = .tcp(host: host, port: address.port) }
            }
        } catch {
            await closeListeners()
            throw error
        }
        log.info("listening", ["server": .string(name), "address": .string(address?.description ?? "")])
    }

    /// Takes no more connections, lets each end what it does, and returns when all are gone.
    public func stop() async {
        await closeListeners()
        await withTaskGroup { group in
            for shard in shards {
                group.addTask(executorPreference: shard.loop) { await Self.drain(shard, on: shard.loop.domain) }
            }
        }
        threads.stop()
    }

    private static func drain(_ shard: LoopBound<ServerShard>, on domain: isolated LoopDomain) async {
        await shard.value(on: domain).drain(on: domain)
    }

    private func closeListeners() async {
        for listener in listeners.withLock({ $0 }) { await Self.close(listener, on: listener.loop.domain) }
        listeners.withLock { $0 = [] }
    }

    private static func close(_ listener: LoopBound<Listener>, on domain: isolated LoopDomain) async {
        listener.value(on: domain).close(on: domain)
    }

    // MARK: Listening

    private func listen(on endpoint: Endpoint, _ shard: LoopBound<ServerShard>) async throws -> SocketAddress {
        let listener = LoopBound(try Listener(endpoint), to: shard.loop)
        listeners.withLock { $0.append(listener) }
        return try await open(listener, shard, on: shard.loop.domain)
    }

    private func open(
        _ listener: LoopBound<Listener>, _ shard: LoopBound<ServerShard>, on domain: isolated LoopDomain
    ) async throws -> SocketAddress {
        let mine = shard.value(on: domain)
        let spreads = endpoint.isPath && shards.count > 1
        let listener = listener.value(on: domain)
        try listener.start(on: domain) { descriptor, peer in
            if spreads { self.pass(descriptor, peer) } else { mine.accept(descriptor, peer, on: domain) }
        }
        return listener.address
    }

    /// To each loop in turn.
    private func pass(_ descriptor: Int32, _ peer: SocketAddress) {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        let shard = shards[Int(UInt(bitPattern: index) % UInt(shards.count))]
        shard.loop.execute { shard.value(on: $0).accept(descriptor, peer, on: $0) }
    }
}

extension Endpoint {
    fileprivate var isPath: Bool {
        if case .unix = self { true } else { false }
    }
}
