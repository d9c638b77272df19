import Runtime
import Synchronization

/// A server that answers whatever comes with the same bytes.
final class FixedAnswerServer: Sendable {
    let port: UInt16
    private let listener: LoopBound<Listener>
    private let count = Atomic<Int>(0)

    /// How many connections there have been.
    var accepted: Int { count.load(ordering: .relaxed) }

    init(_ answer: String) async throws {
        let listener = try Listener(.tcp(host: "127.0.0.1", port: 0))
        port = listener.address.port
        self.listener = LoopBound(listener, to: Loops.group.loops[1])
        try await start(answer, on: self.listener.loop.domain)
    }

    deinit {
        listener.loop.execute { [listener] in listener.value(on: $0).close(on: $0) }
    }

    private func start(_ answer: String, on domain: isolated LoopDomain) throws {
        try listener.value(on: domain).start(on: domain) { [weak self] descriptor, peer in
            self?.count.add(1, ordering: .relaxed)
            try? StreamConnection(descriptor: descriptor, peer: peer).start(Answering(answer), on: domain)
        }
    }

    private final class Answering: StreamHandler {
        let answer: String

        init(_ answer: String) { self.answer = answer }

        func received(
            _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
        ) -> Int {
            connection.write(on: domain) { $0.append(answer) }
            return bytes.count
        }

        func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {}
    }
}
