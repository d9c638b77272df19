import HTTP
import Runtime
import TestSupport
import Testing

/// A client that sends exactly the bytes it is told to, and keeps what comes back.
final class RawClient: Sendable {
    // Safe: only opened in the loop's domain, below.
    nonisolated(unsafe) private let wire: Wire
    private let loop: EventLoop

    private init(_ wire: Wire, on loop: EventLoop) {
        self.wire = wire
        self.loop = loop
    }

    static func connect(to server: TestServer) async throws -> RawClient { try await connect(to: server.endpoint) }

    static func connect(to endpoint: Endpoint) async throws -> RawClient {
        try await open(endpoint, on: Loops.group.next().domain)
    }

    private static func open(_ endpoint: Endpoint, on domain: isolated LoopDomain) async throws -> RawClient {
        let stream = try await StreamConnection.connect(to: endpoint, within: .seconds(30), on: domain)
        let wire = Wire(stream)
        try stream.start(wire, on: domain)
        return RawClient(wire, on: domain.loop)
    }

    func send(_ text: String) async { await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async { await send(bytes, on: loop.domain) }

    /// One byte after the other, each in a packet of its own as far as the kernel goes along; of a long text the
    /// first and the last, and pieces between them.
    func sendSlowly(_ text: String) async {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let isMiddle = text.utf8.count - rest.count > 300 && rest.count > 100
            let piece = rest.prefix(isMiddle ? 97 : 1)
            await send(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
    }

    /// All that came so far.
    var received: String { get async { await peek(on: loop.domain) } }

    var isClosed: Bool { get async { await isClosed(on: loop.domain) } }

    func hangUp() async { await hangUp(on: loop.domain) }

    /// Sends no more, and reads on.
    func endSending() async { await endSending(on: loop.domain) }

    func pauseReading(_ pauses: Bool) async { await pauseReading(pauses, on: loop.domain) }

    /// The next answer; `toHead` when it has no body whatever its head says.
    func answer(toHead: Bool = false) async throws -> RawAnswer { try await answer(toHead, on: loop.domain) }

    /// What `read` makes of the bytes that came: a value and how many it took, or nil while it needs more.
    func next<Value: Sendable>(
        _ read: @escaping @Sendable (ArraySlice<UInt8>) -> (Value, Int)?
    ) async throws -> Value {
        try await next(read, on: loop.domain)
    }

    /// All until the server ends the connection.
    func rest() async throws -> String { try await rest(on: loop.domain) }

    // MARK: On the loop

    private func send(_ bytes: [UInt8], on domain: isolated LoopDomain) async {
        wire.stream.write(on: domain) { $0.append(bytes) }
        wire.stream.flush(on: domain)
    }

    private func peek(on domain: isolated LoopDomain) async -> String { String(decoding: wire.bytes, as: UTF8.self) }

    private func isClosed(on domain: isolated LoopDomain) async -> Bool { wire.isClosed }

    private func hangUp(on domain: isolated LoopDomain) async { wire.stream.close(on: domain) }

    private func endSending(on domain: isolated LoopDomain) async { wire.stream.endSending(on: domain) }

    private func pauseReading(_ pauses: Bool, on domain: isolated LoopDomain) async {
        wire.stream.setReadingPaused(pauses, on: domain)
    }

    private func answer(_ toHead: Bool, on domain: isolated LoopDomain) async throws -> RawAnswer {
        let wire = wire
        return try await next(
            { RawAnswer.read($0, toHead: toHead, isAtEnd: wire.isClosed) }, on: domain)
    }

    private func next<Value: Sendable>(
        _ read: (ArraySlice<UInt8>) -> (Value, Int)?, on domain: isolated LoopDomain
    ) async throws -> Value {
        while true {
            if let (value, used) = read(wire.bytes) {
                wire.take(used)
                return value
            }
            if wire.isClosed { throw Incomplete(text: await peek(on: domain), cause: wire.cause.map { "\($0)" }) }
            try await wire.change(on: domain)
        }
    }

    private func rest(on domain: isolated LoopDomain) async throws -> String {
        while !wire.isClosed { try await wire.change(on: domain) }
        defer { wire.take(wire.bytes.count) }
        return await peek(on: domain)
    }
}

/// The server closed the connection in the middle of an answer.
struct Incomplete: Error {
    let text: String
    /// What the kernel said of it; nil when the server said goodbye.
    let cause: String?
}

/// The client's end of a connection, on its loop.
private final class Wire: StreamHandler {
    let stream: StreamConnection
    /// All that came, from `position` on not yet taken.
    private var all: [UInt8] = []
    private var position = 0
    var isClosed = false
    private(set) var cause: (any Error)?
    private var waiting: ParkingID?

    init(_ stream: StreamConnection) { self.stream = stream }

    var bytes: ArraySlice<UInt8> { all[position...] }

    /// What lies behind is let go now and then: to move a long backlog for each frame would take for ever.
    func take(_ count: Int) {
        position += count
        guard position > all.count / 2 else { return }
        all.removeFirst(position)
        position = 0
    }

    func change(on domain: isolated LoopDomain) async throws {
        try await domain.park(within: .seconds(90)) { waiting = $0 }
    }

    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        all += bytes
        wake(on: domain)
        return bytes.count
    }

    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        isClosed = true
        cause = error
        wake(on: domain)
    }

    private func wake(on domain: isolated LoopDomain) {
        if let waiting { domain.unpark(waiting) }
        waiting = nil
    }
}
