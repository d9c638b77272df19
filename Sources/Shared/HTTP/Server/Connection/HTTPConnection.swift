import Runtime

/// One client's connection while it speaks HTTP: reads requests, has them answered one after the other.
///
/// No task and no buffer belong to it while it is idle.
final class HTTPConnection: StreamHandler, BodySource, WheelMember {
    /// What the next bytes are.
    enum Input {
        case head
        case body(BodyReader)
        /// The next request, which waits until this one is answered.
        case held
        /// Not HTTP's any more.
        case upgrading(any ConnectionUpgrade)
        /// Nobody's business: the connection ends.
        case dropped
    }

    let shard: ServerShard
    let stream: StreamConnection
    // As in `StreamConnection`: only ever read or written whole.
    @exclusivity(unchecked) var peer: Peer
    /// A trusted balancer may say first for whom it connects.
    @exclusivity(unchecked) private var mayBeProxied: Bool

    @exclusivity(unchecked) var input = Input.head
    @exclusivity(unchecked) var exchange: Exchange?
    /// It still wants its answers, and will ask no more.
    @exclusivity(unchecked) var hasPeerEnded = false
    /// Inside `received`: whoever ends an exchange then need not ask for what comes next.
    @exclusivity(unchecked) var isReading = false
    @exclusivity(unchecked) var requestCount = 0
    /// Since when it has been doing what it does, for the deadlines.
    @exclusivity(unchecked) var since: MonotonicTime
    @exclusivity(unchecked) var isPartial = false
    var sending = SlowWatch()
    var receiving = SlowWatch()
    /// The task that writes a streamed answer, while it waits for the client to read.
    var waitingWriter: UnsafeContinuation<Void, any Error>?
    /// Where it is in the shard's wheel.
    var seat: WheelSeat?

    init(_ stream: StreamConnection, _ peer: Peer, of shard: ServerShard, since: MonotonicTime) {
        self.stream = stream
        self.peer = peer
        mayBeProxied = peer.isTrusted
        self.shard = shard
        self.since = since
    }

    // MARK: Reading

    func received(
        _ bytes: UnsafeRawBufferPointer, from stream: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        isReading = true
        defer { isReading = false }
        var used = 0
        while used < bytes.count, stream.isOpen {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            let taken = take(rest, on: domain)
            if taken == 0 { break }
            used += taken
        }
        shard.meters.received(used)
        guard case .upgrading(let upgrade) = input else { return used }
        takeOver(upgrade, early: UnsafeRawBufferPointer(rebasing: bytes[used...]), on: domain)
        return bytes.count
    }

    /// How many bytes were used up; 0 when more are needed, or none can be taken now.
    @inline(__always)
    private func take(_ bytes: UnsafeRawBufferPointer, on domain: isolated LoopDomain) -> Int {
        switch input {
        case .head: return takeHead(bytes, on: domain)
        case .body: return takeBody(bytes, on: domain)
        case .held:
            if bytes.count > Self.heldBytes { stream.setReadingPaused(true, on: domain) }
            return 0
        case .upgrading: return 0
        case .dropped: return bytes.count
        }
    }

    /// So much of what comes after a request waits in memory for its turn.
    private static let heldBytes = 32 << 10

    private func takeHead(_ bytes: UnsafeRawBufferPointer, on domain: isolated LoopDomain) -> Int {
        // Who does not read answers gets no more of them.
        if stream.isCongested {
            stream.setReadingPaused(true, on: domain)
            return 0
        }
        do throws(Refusal) {
            if mayBeProxied, let taken = try takeProxyHeader(bytes, on: domain) { return taken }
            guard let head = try shard.parser.parse(bytes.bytes) else {
                noteIncomplete(on: domain)
                return 0
            }
            return takeRequest(head, bytes, on: domain)
        } catch {
            refuse(error, on: domain)
            return bytes.count
        }
    }

    /// Nil when there is none.
    private func takeProxyHeader(
        _ bytes: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) throws(Refusal) -> Int? {
        switch try ProxyHeader.read(bytes.bytes) {
        case .absent:
            mayBeProxied = false
            return nil
        case .incomplete:
            noteIncomplete(on: domain)
            return 0
        case .found(let length, let source):
            mayBeProxied = false
            if let source, !shard.readmit(self, as: Peer(source, shard.options)) {
                shard.meters.turnedAway()
                stream.close(on: domain)
            }
            return length
        }
    }

    private func takeRequest(
        _ head: ParsedHead, _ bytes: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) -> Int {
        let after = UnsafeRawBufferPointer(rebasing: bytes[head.length...])
        switch head.framing {
        case .none:
            start(makeRequest(head, bytes, nil, on: domain), head, nil, on: domain)
            return head.length
        case .length(let count) where count <= shard.wholeBodyBytes && !head.expectsContinue:
            guard after.count >= count else {
                noteIncomplete(on: domain)
                return 0
            }
            let body = RequestBody([UInt8](after[..<count]))
            body.limit = shard.options.bodyBytes
            start(makeRequest(head, bytes, body, on: domain), head, nil, on: domain)
            return head.length + count
        case .length, .chunked:
            return head.length + startStreaming(head, bytes, after, on: domain)
        }
    }

    /// A request that has begun to come has to be complete in time.
    private func noteIncomplete(on domain: isolated LoopDomain) {
        guard !isPartial else { return }
        isPartial = true
        if requestCount > 0 { since = domain.now }
        shard.wheel.hasten(self, to: since + shard.options.headTime)
    }

    // MARK: The stream's news

    func drained(_ stream: StreamConnection, on domain: isolated LoopDomain) {
        waitingWriter?.resume()
        waitingWriter = nil
        stream.setReadingPaused(false, on: domain)
    }

    /// Whole requests are answered to who has said its last word with them.
    func staysAfterPeerEnded(_ stream: StreamConnection, on domain: isolated LoopDomain) -> Bool {
        if case .held = input, exchange != nil {
            hasPeerEnded = true
            return true
        }
        guard exchange == nil, stream.pendingBytes > 0 else { return false }
        sayGoodbye(on: domain)
        return true
    }

    func closed(_ stream: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain) {
        input = .dropped
        exchange?.body?.fail(ClientGone())
        waitingWriter?.resume(throwing: ClientGone())
        waitingWriter = nil
        // Its place is free once nothing runs for it any more.
        if exchange == nil { shard.remove(self, on: domain) }
    }
}
