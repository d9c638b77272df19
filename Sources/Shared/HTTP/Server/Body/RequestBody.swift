import Runtime

/// What a client sends after the head of its request. Never leaves the loop of the request.
public final class RequestBody {
    /// More than this, and reading it throws `BodyTooLarge`. A handler may change it before it reads.
    public var limit: Int
    /// As the client said; nil when it did not, or when there is no body.
    public let declaredLength: Int?

    private var pieces: [[UInt8]] = []
    private var end: End?
    private(set) var received = 0
    /// What has come and nobody has taken.
    private(set) var heldBytes = 0
    private var waiter: UnsafeContinuation<Void, Never>?
    /// Whom to tell that somebody reads; nil once all has come.
    private var source: (any BodySource)?

    private enum End {
        case complete
        case failed(any Error)
    }

    public init(_ bytes: [UInt8] = []) {
        limit = .max
        declaredLength = bytes.isEmpty ? nil : bytes.count
        received = bytes.count
        heldBytes = bytes.count
        if !bytes.isEmpty { pieces = [bytes] }
        end = .complete
    }

    init(declaredLength: Int?, limit: Int, from source: any BodySource) {
        self.declaredLength = declaredLength
        self.limit = limit
        self.source = source
    }

    /// Whether there is none, and none is still to come.
    public var isEmpty: Bool {
        guard case .complete = end else { return false }
        return received == 0
    }

    /// The next piece; nil at the end. While nobody asks, the client is held back.
    public nonisolated(nonsending) func next() async throws -> [UInt8]? {
        while true {
            try checkLimit()
            if !pieces.isEmpty { return takePiece() }
            switch end {
            case .complete: return nil
            case .failed(let error): throw error
            case nil: await wait()
            }
        }
    }

    /// All of it, where it has come already; nil where some is still to come.
    public func allAtHand(upTo limit: Int) throws -> [UInt8]? {
        guard case .complete = end, pieces.count < 2 else { return nil }
        self.limit = min(limit, self.limit)
        try checkLimit()
        return pieces.isEmpty ? [] : takePiece()
    }

    /// All of it; throws `BodyTooLarge` as soon as it is known to be more than `limit` bytes.
    public nonisolated(nonsending) func all(upTo limit: Int) async throws -> [UInt8] {
        self.limit = min(limit, self.limit)
        guard var bytes = try await next() else { return [] }
        if bytes.count < declaredLength ?? 0 { bytes.reserveCapacity(declaredLength ?? 0) }
        while let piece = try await next() { bytes += piece }
        return bytes
    }

    private func takePiece() -> [UInt8] {
        let piece = pieces.removeFirst()
        heldBytes -= piece.count
        return piece
    }

    private func checkLimit() throws {
        guard max(received, declaredLength ?? 0) > limit else { return }
        pieces = []
        heldBytes = 0
        throw BodyTooLarge(limit: limit)
    }

    /// Not ended by a cancellation: the deadlines of the connection end it.
    private nonisolated(nonsending) func wait() async {
        precondition(waiter == nil, "two readers of one body")
        await withUnsafeContinuation { continuation in
            waiter = continuation
            source?.bodyWanted()
        }
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    // MARK: Called by the connection

    var isWanted: Bool { waiter != nil }

    func append(_ bytes: UnsafeRawBufferPointer) {
        received += bytes.count
        heldBytes += bytes.count
        // What dribbles in is gathered, so that a byte costs a byte.
        if let last = pieces.indices.last, pieces[last].count < 16 << 10 {
            pieces[last] += bytes
        } else {
            pieces.append([UInt8](bytes))
        }
        wake()
    }

    func finish() {
        end = .complete
        source = nil
        wake()
    }

    func fail(_ error: any Error) {
        guard end == nil else { return }
        end = .failed(error)
        source = nil
        wake()
    }
}

/// Where the pieces of a body come from.
protocol BodySource: AnyObject {
    /// Somebody waits for the next piece. Called on the loop.
    func bodyWanted()
}

/// A body has more bytes than whoever reads it takes. Answered with 413.
public struct BodyTooLarge: Error {
    public let limit: Int
}

/// The client hung up, or was cut off, before its request was complete or its answer sent.
public struct ClientGone: Error {}
