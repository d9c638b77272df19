import Crypto
import Runtime

/// One client's WebSocket (RFC 6455, the server's side). It belongs to its loop; sending is synchronous there.
///
/// While idle it holds no buffer, no timer and no task.
public final class WebSocket: StreamHandler, WheelMember {
    enum Phase {
        case open
        /// A close frame is on its way; the client's is waited for.
        case closing
        /// What still comes is nobody's business; the client's end is waited for.
        case failed
        case closed
    }

    let stream: StreamConnection
    let roster: WebSocketRoster
    let compresses: Bool
    private(set) var phase = Phase.open
    private var handler: (any WebSocketHandler)?
    private var reader: MessageReader
    var outbox: Outbox?
    private var isPaused = false
    private var lastHeard: MonotonicTime
    /// The next ping; for one that closes, the end of the wait.
    private var due: MonotonicTime
    /// Where it is in the roster's wheel.
    var seat: WheelSeat?

    init(
        _ stream: StreamConnection, _ handler: any WebSocketHandler, in roster: WebSocketRoster, compresses: Bool,
        now: MonotonicTime
    ) {
        self.stream = stream
        self.handler = handler
        self.roster = roster
        self.compresses = compresses
        reader = MessageReader(limit: roster.options.messageBytes, mayBeCompressed: compresses)
        lastHeard = now
        due = now + roster.options.pingInterval
    }

    public var isOpen: Bool { phase == .open }
    public var peer: SocketAddress { stream.peer }

    func begin(on domain: isolated LoopDomain) { handler?.opened(self, on: domain) }

    // MARK: Receiving

    /// While paused no message is delivered, and the client feels that nobody reads.
    public func setPaused(_ paused: Bool, on domain: isolated LoopDomain) {
        guard phase == .open, paused != isPaused else { return }
        isPaused = paused
        lastHeard = domain.now
        stream.setReadingPaused(paused, on: domain)
    }

    public func received(
        _ bytes: UnsafeRawBufferPointer, from stream: StreamConnection, on domain: isolated LoopDomain
    ) -> Int {
        lastHeard = domain.now
        var used = 0
        while phase == .open || phase == .closing, !isPaused {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            do throws(WebSocketFault) {
                let step = try reader.next(in: rest, using: roster.bench)
                used += step.used
                guard let event = step.event else { return used }
                take(event, on: domain)
            } catch {
                fail(error.code, error.reason, on: domain)
            }
        }
        return isPaused ? used : bytes.count
    }

    private func take(_ event: MessageReader.Event, on domain: isolated LoopDomain) {
        switch event {
        case .message(let message):
            guard phase == .open else { return }
            roster.meters.received()
            handler?.received(message, from: self, on: domain)
        case .ping(let payload):
            // Who does not read his pongs gets no more of them.
            guard phase == .open, !stream.isCongested else { return }
            stream.write(on: domain) { $0.append(controlFrame: .pong, payload) }
        case .pong: break
        case .close(let code): answerClose(code, on: domain)
        }
    }

    // MARK: Time

    /// Called when its seat comes by. Answers when to look again.
    func inspect(on domain: isolated LoopDomain) -> MonotonicTime {
        guard phase == .open else {
            if due <= domain.now { stream.close(on: domain) }
            return due
        }
        let silentFrom = lastHeard + roster.options.silenceLimit
        if !isPaused, silentFrom <= domain.now {
            fail(.unresponsive, "nothing heard", on: domain)
            return due
        }
        if due <= domain.now {
            due = domain.now + roster.options.pingInterval
            handler?.pinging(self, on: domain)
            send(Self.pingFrame, isDroppable: true, on: domain)
        }
        return phase == .open && !isPaused ? min(due, silentFrom) : due
    }

    private static let pingFrame: [UInt8] = [0x80 | FrameHeader.Opcode.ping.rawValue, 0]

    // MARK: The end

    /// Says goodbye, after what was sent before, and waits a while for the client's answer. The handler hears `closed`
    /// before this returns.
    public func close(_ code: CloseCode, _ reason: String = "", on domain: isolated LoopDomain) {
        precondition(code.isSendable, "close code \(code)")
        guard phase == .open else { return }
        send(ByteBuffer.closeFrame(code, reason), isDroppable: false, on: domain)
        // The outgoing buffer may have overflowed just now.
        guard phase == .open else { return }
        end(as: .closing, code, on: domain)
        resumeToEnd(on: domain)
    }

    /// Tells the client what is wrong and that nothing more will come, and waits for it to hang up: closing at once
    /// could destroy the message on its way.
    func fail(_ code: CloseCode, _ reason: String, on domain: isolated LoopDomain) {
        outbox = nil
        let alreadySaid = phase != .open
        phase = .failed
        if !alreadySaid {
            let frame = ByteBuffer.closeFrame(code, reason)
            stream.write(on: domain) { $0.append(frame) }
        }
        stream.endSending(on: domain)
        end(as: .failed, code, on: domain)
        resumeToEnd(on: domain)
    }

    private func answerClose(_ code: CloseCode, on domain: isolated LoopDomain) {
        outbox = nil
        if phase == .open {
            let frame = ByteBuffer.closeFrame(code, "")
            stream.write(on: domain) { $0.append(frame) }
        }
        // The client's word on its own socket counts, unless ours came first.
        end(as: .closed, code, on: domain)
        stream.close(on: domain)
    }

    public func closed(
        _ stream: StreamConnection, because error: (any Error)?, on domain: isolated LoopDomain
    ) {
        outbox = nil
        end(as: .closed, .lost, on: domain)
        roster.remove(self, on: domain)
    }

    /// The handler hears the first code there is, and is let go.
    private func end(as next: Phase, _ code: CloseCode, on domain: isolated LoopDomain) {
        phase = next
        guard let handler else { return }
        self.handler = nil
        due = domain.now + roster.options.closeTime
        roster.noteEnd(of: self, code, lookAgain: due)
        handler.closed(self, with: code, on: domain)
    }

    private func resumeToEnd(on domain: isolated LoopDomain) {
        isPaused = false
        stream.setReadingPaused(false, on: domain)
    }
}
