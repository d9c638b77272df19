import Runtime

/// One connection through the proxy: each command goes to the master of its key, and answers come in the order of the
/// commands. Whatever a master refuses is passed on as it is.
final class ClusterPipe: StreamHandler {
    private enum Awaited {
        case one(Int)
        /// The same from all: the first of them, or their lists joined.
        case all(isList: Bool)
    }

    private let client: StreamConnection
    private let nodes: [StreamConnection]
    private let traffic: ClusterTraffic
    private var awaited: ArraySlice<Awaited> = []
    /// By node, what has come before its turn.
    private var answers: [[[UInt8]]]
    /// From then on the first master speaks unasked. Messages cross the cluster by themselves.
    private var isSubscriber = false

    init(client: StreamConnection, nodes: [StreamConnection], traffic: ClusterTraffic) {
        self.client = client
        self.nodes = nodes
        self.traffic = traffic
        answers = nodes.map { _ in [] }
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        let node = nodes.firstIndex { $0 === connection }
        var used = 0
        while let end = RedisFrame.end(of: bytes, from: used) {
            let frame = UnsafeRawBufferPointer(rebasing: bytes[used..<end])
            if let node { answer(frame, from: node, on: domain) } else { command(frame, on: domain) }
            used = end
        }
        deliver(on: domain)
        return used
    }

    private func command(_ frame: UnsafeRawBufferPointer, on domain: isolated LoopDomain) {
        let words = RedisFrame.words(of: frame, from: 0)
        let name = String(decoding: words.first ?? [], as: UTF8.self).uppercased()
        var node = 0
        switch name {
        case "SCRIPT", "KEYS":
            for connection in nodes { connection.write(on: domain) { $0.append(frame) } }
            return awaited.append(.all(isList: name == "KEYS"))
        case "SUBSCRIBE": isSubscriber = true
        case "PING", "CLIENT", "INFO", "CONFIG", "TIME", "SELECT", "AUTH", "HELLO", "UNSUBSCRIBE": break
        case "EVAL", "EVALSHA":
            node = traffic.node(of: words[3])
            if name == "EVALSHA" { traffic.noteScript(String(decoding: words[1], as: UTF8.self), on: node) }
        default: node = words.count > 1 ? traffic.node(of: words[1]) : 0
        }
        nodes[node].write(on: domain) { $0.append(frame) }
        awaited.append(.one(node))
    }

    private func answer(_ frame: UnsafeRawBufferPointer, from node: Int, on domain: isolated LoopDomain) {
        if isSubscriber { return client.write(on: domain) { $0.append(frame) } }
        if frame[0] == UInt8(ascii: "-") { traffic.noteRefusal(String(decoding: frame, as: UTF8.self)) }
        answers[node].append(Array(frame))
    }

    private func deliver(on domain: isolated LoopDomain) {
        while let next = awaited.first, let bytes = take(next) {
            awaited.removeFirst()
            client.write(on: domain) { $0.append(bytes) }
        }
    }

    private func take(_ awaited: Awaited) -> [UInt8]? {
        switch awaited {
        case .one(let node): return answers[node].isEmpty ? nil : answers[node].removeFirst()
        case .all(let isList):
            guard answers.allSatisfy({ !$0.isEmpty }) else { return nil }
            let all = answers.indices.map { answers[$0].removeFirst() }
            return isList ? RedisFrame.joined(all) : all[0]
        }
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        client.close(on: domain)
        for node in nodes { node.close(on: domain) }
    }
}
