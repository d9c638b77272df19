import Runtime

/// Writes the pieces of one answer to its connection.
final class StreamedBody: BodyWriter {
    private let loop: EventLoop
    private let connection: Carried<HTTPConnection>
    /// Which of the connection's requests it belongs to: whoever keeps a writer must not write into the next answer.
    private let number: Int

    init(_ connection: HTTPConnection, number: Int) {
        loop = connection.shard.loop
        self.connection = Carried(connection)
        self.number = number
    }

    func write(_ bytes: [UInt8]) async throws {
        guard loop.isCurrent else { return try await hop(bytes) }
        let mustWait = try loop.withCurrent(self) { $0.append(bytes, on: $1) }.get()
        guard mustWait else { return }
        try await withUnsafeThrowingContinuation { connection.value.waitingWriter = $0 }
    }

    /// For writers on other threads: back to the loop, and there again.
    private func hop(_ bytes: [UInt8]) async throws {
        try await Task(executorPreference: loop) { try await self.write(bytes) }.value
    }

    /// Whether the writer should wait before the next piece.
    private func append(_ bytes: [UInt8], on domain: isolated LoopDomain) -> Result<Bool, ClientGone> {
        let connection = connection.value
        guard connection.stream.isOpen, connection.exchange != nil, connection.requestCount == number else {
            return .failure(ClientGone())
        }
        connection.writePiece(bytes, on: domain)
        return .success(connection.stream.isCongested)
    }
}
