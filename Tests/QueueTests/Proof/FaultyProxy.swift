import Runtime
import Synchronization

/// A way to Redis that loses, delays and cuts what a test tells it to.
final class FaultyProxy: Sendable {
    /// What passes through in one piece.
    struct Chunk: Sendable {
        let isRequest: Bool
        /// Connections count from 1.
        let connection: Int
        let text: String
    }

    enum Fate: Sendable {
        case pass
        /// It is lost, and the connection with it.
        case lose
        /// The connection is cut now, and what was asked arrives later all the same.
        case late(Duration)
    }

    typealias Judge = @Sendable (Chunk) -> Fate

    let url: String
    private let loop = EventLoop()
    private let core: LoopBound<ProxyCore>

    init(to port: UInt16, judge: @escaping Judge = { _ in .pass }) async throws {
        let listener = try Listener(.tcp(host: "127.0.0.1", port: 0))
        url = "redis://127.0.0.1:\(listener.address.port)/0"
        core = LoopBound(
            ProxyCore(listener, upstream: .tcp(host: "127.0.0.1", port: port), judge: judge), to: loop)
        try await start(on: loop.domain)
    }

    private func start(on domain: isolated LoopDomain) throws {
        let core = core.value(on: domain)
        core.anchor = self.core
        try core.start(on: domain)
    }

    deinit {
        loop.execute { [core] in core.value(on: $0).close(on: $0) }
    }

    /// Ends all connections that there are.
    func cut() { loop.execute { [core] in core.value(on: $0).cut(on: $0) } }

    /// While it is frozen nothing passes, in neither direction, and connections stay.
    func setFrozen(_ isFrozen: Bool) { loop.execute { [core] in core.value(on: $0).setFrozen(isFrozen, on: $0) } }
}

/// The proxy's part that stays on its loop.
final class ProxyCore {
    weak var anchor: LoopBound<ProxyCore>?
    let judge: FaultyProxy.Judge
    private let listener: Listener
    private let upstream: Endpoint
    private var pipes: [ObjectIdentifier: ProxyPipe] = [:]
    private var connections = 0
    private var isFrozen = false

    init(_ listener: Listener, upstream: Endpoint, judge: @escaping FaultyProxy.Judge) {
        self.listener = listener
        self.upstream = upstream
        self.judge = judge
    }

    func start(on domain: isolated LoopDomain) throws {
        try listener.start(on: domain) { [weak self] descriptor, peer in
            guard let self, let anchor = self.anchor else { return }
            connections += 1
            let (number, upstream) = (connections, upstream)
            Task.immediate(executorPreference: domain.loop) {
                await Self.open(descriptor, peer, number, upstream, anchor, on: domain)
            }
        }
    }

    private static func open(
        _ descriptor: Int32, _ peer: SocketAddress, _ number: Int, _ upstream: Endpoint,
        _ anchor: LoopBound<ProxyCore>, on domain: isolated LoopDomain
    ) async {
        let client = StreamConnection(descriptor: descriptor, peer: peer)
        guard let server = try? await StreamConnection.connect(to: upstream, within: .seconds(2), on: domain) else {
            return client.close(on: domain)
        }
        let core = anchor.value(on: domain)
        let pipe = ProxyPipe(client: client, server: server, number: number, core)
        core.pipes[ObjectIdentifier(pipe)] = pipe
        do {
            try client.start(pipe, on: domain)
            try server.start(pipe, on: domain)
            pipe.setFrozen(core.isFrozen, on: domain)
        } catch { pipe.cut(on: domain) }
    }

    func ended(_ pipe: ProxyPipe) { pipes[ObjectIdentifier(pipe)] = nil }

    func cut(on domain: isolated LoopDomain) {
        for pipe in pipes.values { pipe.cut(on: domain) }
    }

    func setFrozen(_ isFrozen: Bool, on domain: isolated LoopDomain) {
        self.isFrozen = isFrozen
        for pipe in pipes.values { pipe.setFrozen(isFrozen, on: domain) }
    }

    func close(on domain: isolated LoopDomain) {
        listener.close(on: domain)
        cut(on: domain)
    }
}

/// One connection through the proxy.
final class ProxyPipe: StreamHandler {
    private let client: StreamConnection
    private let server: StreamConnection
    private let number: Int
    private weak var core: ProxyCore?
    private var isServerKept = false

    init(client: StreamConnection, server: StreamConnection, number: Int, _ core: ProxyCore) {
        self.client = client
        self.server = server
        self.number = number
        self.core = core
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        let isRequest = connection === client
        let text = String(decoding: bytes, as: UTF8.self)
        let chunk = FaultyProxy.Chunk(isRequest: isRequest, connection: number, text: text)
        switch core?.judge(chunk) ?? .pass {
        case .pass: (isRequest ? server : client).write(on: domain) { $0.append(bytes) }
        case .lose: cut(on: domain)
        case .late(let delay): isRequest ? deliver(Array(bytes), after: delay, on: domain) : cut(on: domain)
        }
        return bytes.count
    }

    private func deliver(_ bytes: [UInt8], after delay: Duration, on domain: isolated LoopDomain) {
        isServerKept = true
        client.close(on: domain)
        domain.schedule(after: delay) { [server] in server.write(on: domain) { $0.append(bytes) } }
        domain.schedule(after: delay + .milliseconds(200)) { [server] in server.close(on: domain) }
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        if connection === server { client.close(on: domain) } else if !isServerKept { server.close(on: domain) }
        core?.ended(self)
    }

    func cut(on domain: isolated LoopDomain) {
        client.close(on: domain)
        server.close(on: domain)
    }

    func setFrozen(_ isFrozen: Bool, on domain: isolated LoopDomain) {
        client.setReadingPaused(isFrozen, on: domain)
        server.setReadingPaused(isFrozen, on: domain)
    }
}
