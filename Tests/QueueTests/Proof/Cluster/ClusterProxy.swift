import Runtime
import Synchronization

/// What a client of a cluster would do for those who talk to one Redis: it knows which master has which slot.
final class ClusterProxy: Sendable {
    let url: String
    let traffic: ClusterTraffic
    private let loop = EventLoop()
    private let listener: LoopBound<Listener>

    /// The masters share the slots evenly, in their order.
    init(to ports: [UInt16]) async throws {
        let listener = try Listener(.tcp(host: "127.0.0.1", port: 0))
        url = "redis://127.0.0.1:\(listener.address.port)/0"
        traffic = ClusterTraffic(nodes: ports.count)
        self.listener = LoopBound(listener, to: loop)
        try await start(ports, on: loop.domain)
    }

    private func start(_ ports: [UInt16], on domain: isolated LoopDomain) throws {
        let traffic = traffic
        try listener.value(on: domain).start(on: domain) { descriptor, peer in
            Task.immediate(executorPreference: domain.loop) {
                await Self.open(descriptor, peer, ports, traffic, on: domain)
            }
        }
    }

    deinit {
        loop.execute { [listener] in listener.value(on: $0).close(on: $0) }
    }

    private static func open(
        _ descriptor: Int32, _ peer: SocketAddress, _ ports: [UInt16], _ traffic: ClusterTraffic,
        on domain: isolated LoopDomain
    ) async {
        let client = StreamConnection(descriptor: descriptor, peer: peer)
        var nodes: [StreamConnection] = []
        do {
            for port in ports {
                let endpoint = Endpoint.tcp(host: "127.0.0.1", port: port)
                nodes.append(try await StreamConnection.connect(to: endpoint, within: .seconds(30), on: domain))
            }
            let pipe = ClusterPipe(client: client, nodes: nodes, traffic: traffic)
            for connection in nodes + [client] { try connection.start(pipe, on: domain) }
        } catch {
            for connection in nodes + [client] { connection.close(on: domain) }
        }
    }
}

/// What has passed through the proxy.
final class ClusterTraffic: Sendable {
    private struct State {
        var scripts: [Set<String>]
        var refusals: [String] = []
    }

    private let state: Mutex<State>
    private let nodes: Int

    init(nodes: Int) {
        self.nodes = nodes
        state = Mutex(State(scripts: Array(repeating: [], count: nodes)))
    }

    /// The digests of what each master was told to run.
    var scripts: [Set<String>] { state.withLock { $0.scripts } }
    /// Errors that masters answered.
    var refusals: [String] { state.withLock { $0.refusals } }

    func noteScript(_ digest: String, on node: Int) {
        state.withLock { _ = $0.scripts[node].insert(digest) }
    }

    func noteRefusal(_ text: String) { state.withLock { $0.refusals.append(text) } }

    func node(of key: some Collection<UInt8>) -> Int {
        let slot = Self.slot(of: key)
        return (0..<nodes).first { slot < (32_768 * ($0 + 1) + nodes) / (2 * nodes) } ?? 0
    }

    /// As the cluster's specification has it: of the part between the first braces, where there is one.
    static func slot(of key: some Collection<UInt8>) -> Int {
        var part = Array(key)
        if let open = part.firstIndex(of: UInt8(ascii: "{")),
            let close = part[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        {
            part = Array(part[open + 1..<close])
        }
        var sum: UInt16 = 0
        for byte in part {
            sum ^= UInt16(byte) << 8
            for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : sum << 1 ^ 0x1021 }
        }
        return Int(sum) % 16_384
    }
}
