import CSystem
import Glibc

/// Hears what happens on a connection, always on its loop.
public protocol StreamHandler: AnyObject {
    /// Bytes arrived; answers how many were used up. The rest comes again, in front of what arrives next.
    func received(
        _ bytes: UnsafeRawBufferPointer, from connection: StreamConnection, on domain: isolated LoopDomain
    ) -> Int
    /// The kernel has taken all that was to be sent, after `isCongested` had been true.
    func drained(_ connection: StreamConnection, on domain: isolated LoopDomain)
    /// The peer sends no more, but may still read. True keeps the connection open until it is closed from here.
    func staysAfterPeerEnded(_ connection: StreamConnection, on domain: isolated LoopDomain) -> Bool
    /// The last word on this connection; nil when the peer ended it in order or `close` was called.
    func closed(_ connection: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain)
}

extension StreamHandler {
    public func drained(_ connection: StreamConnection, on domain: isolated LoopDomain) {}

    public func staysAfterPeerEnded(_ connection: StreamConnection, on domain: isolated LoopDomain) -> Bool { false }
}

/// A connected stream socket, plain or TLS. What is written in a turn goes out in one system call at its end.
public final class StreamConnection: IOSource {
    public let peer: SocketAddress
    private let transport: Transport
    // What is small is only ever read or written whole, never lent out while other code runs: a run-time check of exclusive
    // access would find nothing, and costs more than the access. The buffers are lent out, and are checked.
    @exclusivity(unchecked) private var registration: IORegistration?
    @exclusivity(unchecked) private var handler: (any StreamHandler)?
    private var incoming = ByteBuffer()
    private var outgoing = ByteBuffer()
    @exclusivity(unchecked) private var isFlushQueued = false
    @exclusivity(unchecked) private var isWritable = true
    @exclusivity(unchecked) private var wasCongested = false
    @exclusivity(unchecked) private var isReadingPaused = false
    @exclusivity(unchecked) private var endsSending = false
    @exclusivity(unchecked) private var hasPeerEnded = false

    /// More than this waiting for the kernel, and the writer should wait for `drained`.
    @exclusivity(unchecked) public var congestionLimit = 1 << 20
    /// Whether thousands like it may be written to in one turn: each then waits for its own to send.
    @exclusivity(unchecked) public var isOneOfMany = false
    /// What the kernel has taken so far: grows as long as the peer reads.
    @exclusivity(unchecked) public private(set) var sentBytes = 0

    @exclusivity(unchecked) public private(set) var isOpen = true

    /// Takes over a connected descriptor, which it will close.
    public convenience init(descriptor: Int32, peer: SocketAddress) {
        self.init(Transport(descriptor: descriptor, tls: nil), peer: peer)
    }

    init(_ transport: Transport, peer: SocketAddress) {
        self.transport = transport
        self.peer = peer
    }

    /// Begins to read. The handler is kept until it was told `closed`.
    public func start(_ handler: any StreamHandler, on domain: isolated LoopDomain) throws(SystemError) {
        registration = try domain.register(self, descriptor: transport.descriptor, interest: .readable)
        self.handler = handler
        // What came in one piece with the handshake is inside the session: the socket will not report it again.
        if transport.isEncrypted { domain.schedule(after: .zero) { self.read(on: domain) } }
    }

    /// Sends what the kernel takes at once, then closes. The handler hears `closed` before this returns.
    public func close(on domain: isolated LoopDomain) {
        guard isOpen else { return }
        flush(on: domain)
        if isOpen { finish(because: nil, on: domain) }
    }

    /// Closes without another word: what the peer has not read yet, the kernel forgets at once.
    public func abort(on domain: isolated LoopDomain) {
        guard isOpen else { return }
        transport.forgetUnsent()
        finish(because: nil, on: domain)
    }

    /// What speaks on this connection from now on; the handler so far hears no more of it.
    public func handOver(to handler: any StreamHandler, on domain: isolated LoopDomain) {
        if isOpen { self.handler = handler } else { handler.closed(self, because: nil, on: domain) }
    }

    private func finish(because error: (any Error)?, on domain: isolated LoopDomain) {
        guard isOpen else { return }
        isOpen = false
        if let registration { domain.deregister(registration) }
        transport.close()
        let handler = self.handler
        self.handler = nil
        incoming.release()
        // `pendingBytes` still tells the handler how much was never sent.
        handler?.closed(self, because: error, on: domain)
        outgoing.release()
    }

    // MARK: Sending

    public var pendingBytes: Int { outgoing.count }
    public var isCongested: Bool { outgoing.count > congestionLimit }

    /// The kernel takes no more until the peer reads.
    public var isBlocked: Bool { !isWritable }

    /// Appends to what will be sent at the end of this turn. Dropped when the connection is closed.
    @inline(__always)
    public func write(on domain: isolated LoopDomain, _ append: (inout ByteBuffer) -> Void) {
        guard isOpen else { return }
        append(&outgoing)
        guard !isFlushQueued else { return }
        isFlushQueued = true
        if isOneOfMany { domain.flushInBulk(self) } else { domain.flushAtEndOfTurn(self) }
    }

    /// Says goodbye once all that was written has gone: the peer then reads to the end. It may still send.
    public func endSending(on domain: isolated LoopDomain) {
        endsSending = true
        // An empty write, for the flush at the end of this turn.
        write(on: domain) { _ in }
    }

    public func flush(on domain: isolated LoopDomain) {
        isFlushQueued = false
        guard isOpen, isWritable else { return }
        wasCongested = wasCongested || isCongested
        switch send(&outgoing) {
        case .done: break
        case .wouldBlock: return wait(on: domain)
        case .closed: return finish(because: SystemError(EPIPE, "send"), on: domain)
        case .failed(let error): return finish(because: error, on: domain)
        }
        if endsSending { transport.endSending() }
        guard wasCongested else { return }
        wasCongested = false
        handler?.drained(self, on: domain)
    }

    /// All that the kernel takes; when that was all there is, the buffer's memory is given back.
    private func send(_ bytes: inout ByteBuffer) -> Transport.Outcome {
        while !bytes.isEmpty {
            let outcome = transport.send(bytes.readable)
            guard case .done(let count) = outcome else { return outcome }
            bytes.consume(count)
            sentBytes &+= count
        }
        bytes.release()
        return .done(0)
    }

    private func wait(on domain: isolated LoopDomain) {
        isWritable = false
        updateInterest(on: domain)
    }

    // MARK: Receiving

    /// While paused nothing is read, so that the peer feels the back-pressure.
    public func setReadingPaused(_ paused: Bool, on domain: isolated LoopDomain) {
        guard paused != isReadingPaused, isOpen else { return }
        isReadingPaused = paused
        updateInterest(on: domain)
        if !paused, !incoming.isEmpty { domain.schedule(after: .zero) { self.deliverIncoming(on: domain) } }
    }

    /// Offers the handler again what it left before, if there is any.
    public func offerRest(on domain: isolated LoopDomain) { deliverIncoming(on: domain) }

    public func ready(_ events: IOEvents, on domain: isolated LoopDomain) {
        if events.contains(.writable), !isWritable {
            isWritable = true
            updateInterest(on: domain)
            flush(on: domain)
        }
        // An error or a hang-up is reported for as long as nobody reads it, paused or not.
        if events != .writable, isOpen { read(on: domain) }
    }

    private func read(on domain: isolated LoopDomain) {
        guard isOpen else { return }
        // Reported unasked once neither side has anything to say.
        if hasPeerEnded { return finish(because: nil, on: domain) }
        switch transport.receive(into: domain.scratch) {
        case .done(let count): deliver(UnsafeRawBufferPointer(rebasing: domain.scratch[..<count]), on: domain)
        case .wouldBlock: break
        case .closed: end(because: nil, on: domain)
        case .failed(let error): end(because: error, on: domain)
        }
    }

    /// The peer is gone: what it sent before, and a pause held back, is not lost with it.
    private func end(because error: (any Error)?, on domain: isolated LoopDomain) {
        isReadingPaused = false
        deliverIncoming(on: domain)
        if error == nil, isOpen, handler?.staysAfterPeerEnded(self, on: domain) == true {
            hasPeerEnded = true
            updateInterest(on: domain)
        } else {
            finish(because: error, on: domain)
        }
    }

    /// Bytes are handed on from the scratch buffer; only a rest that waits for more is copied.
    private func deliver(_ bytes: UnsafeRawBufferPointer, on domain: isolated LoopDomain) {
        guard incoming.isEmpty, !isReadingPaused, let handler else {
            incoming.append(bytes)
            return deliverIncoming(on: domain)
        }
        let used = handler.received(bytes, from: self, on: domain)
        if isOpen, used < bytes.count { incoming.append(UnsafeRawBufferPointer(rebasing: bytes[used...])) }
    }

    private func deliverIncoming(on domain: isolated LoopDomain) {
        guard isOpen, !isReadingPaused, !incoming.isEmpty, let handler else { return }
        // Moved out while the handler reads from it: the handler may close the connection, which empties `incoming`.
        var bytes = ByteBuffer()
        swap(&bytes, &incoming)
        bytes.consume(handler.received(bytes.readable, from: self, on: domain))
        if isOpen, !bytes.isEmpty { swap(&bytes, &incoming) }
    }

    private func updateInterest(on domain: isolated LoopDomain) {
        guard let registration else { return }
        var interest: IOEvents = isReadingPaused || hasPeerEnded ? [] : .readable
        if !isWritable { interest.insert(.writable) }
        domain.setInterest(interest, of: registration)
    }
}
