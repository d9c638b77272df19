import Crypto
import Runtime

extension WebSocket {
    /// Up to here frames are copied together for one write; what comes beyond waits as a reference.
    static let gatheredBytes = 16 << 10

    /// Sends one encoded message, of which all sockets share the bytes. False when it was not sent: the socket is not
    /// open, or too much waits for its client and the message can be done without.
    @discardableResult
    public func send(
        _ frame: SharedFrame, isDroppable: Bool = false, on domain: isolated LoopDomain
    ) -> Bool {
        guard phase == .open else { return false }
        guard compresses else { return send(frame.plain, isDroppable: isDroppable, on: domain) }
        let bytes = frame.compressed(from: roster.options.compressedFrom, by: roster.bench.deflater)
        return send(bytes, isDroppable: isDroppable, on: domain)
    }

    /// Sends a message that is for this client alone.
    @discardableResult
    public func send(
        _ kind: WebSocketMessage.Kind, _ payload: some ByteSource, on domain: isolated LoopDomain
    ) -> Bool {
        guard phase == .open else { return false }
        guard !compresses, outbox == nil, !stream.isCongested else {
            return send(SharedFrame(kind, payload), on: domain)
        }
        payload.withBytes { payload in
            stream.write(on: domain) { buffer in
                FrameHeader.write(FrameHeader.Opcode(kind), payloadLength: payload.count, to: &buffer)
                buffer.append(payload)
            }
        }
        return true
    }

    /// A whole frame, in its turn.
    @discardableResult
    func send(_ bytes: [UInt8], isDroppable: Bool, on domain: isolated LoopDomain) -> Bool {
        if outbox == nil, !stream.isCongested {
            stream.write(on: domain) { $0.append(bytes) }
            return true
        }
        return queue(bytes, isDroppable: isDroppable, on: domain)
    }

    private func queue(_ bytes: [UInt8], isDroppable: Bool, on domain: isolated LoopDomain) -> Bool {
        let limit = roster.options.outgoingBytes
        if waitingBytes + bytes.count > (isDroppable ? limit / 4 : limit) {
            // A burst is not yet a slow client: what the kernel takes makes room.
            pushOut(on: domain)
            if waitingBytes + bytes.count > limit / 4 { dropDroppable() }
            if isDroppable, waitingBytes + bytes.count > limit / 4 {
                roster.meters.dropped(1)
                return false
            }
        }
        guard phase == .open else { return false }
        guard waitingBytes + bytes.count <= limit else {
            fail(.unresponsive, "too slow", on: domain)
            return false
        }
        outbox = outbox ?? Outbox()
        outbox?.append(bytes, isDroppable: isDroppable)
        if !stream.isCongested { refill(on: domain) }
        return true
    }

    private var waitingBytes: Int { stream.pendingBytes + (outbox?.byteCount ?? 0) }

    private func dropDroppable() {
        guard let dropped = outbox?.dropDroppable(), dropped > 0 else { return }
        roster.meters.dropped(dropped)
    }

    private func pushOut(on domain: isolated LoopDomain) {
        var before: Int
        repeat {
            before = stream.sentBytes
            stream.flush(on: domain)
        } while outbox != nil && stream.sentBytes != before
    }

    /// The kernel has taken what was gathered: the next frames may go.
    public func drained(_ stream: StreamConnection, on domain: isolated LoopDomain) { refill(on: domain) }

    private func refill(on domain: isolated LoopDomain) {
        while !stream.isCongested, let bytes = outbox?.popFirst() {
            stream.write(on: domain) { $0.append(bytes) }
        }
        if outbox?.isEmpty == true { outbox = nil }
    }
}

extension ByteBuffer {
    mutating func append(controlFrame opcode: FrameHeader.Opcode, _ payload: UnsafeRawBufferPointer) {
        FrameHeader.write(opcode, payloadLength: payload.count, to: &self)
        append(payload)
    }

    /// A close frame with a reason of as many whole characters as have room; nothing in it when no code may be sent.
    static func closeFrame(_ code: CloseCode, _ reason: String) -> [UInt8] {
        var payload = ByteBuffer()
        if code.isSendable {
            payload.append(bigEndian: code.rawValue)
            for character in reason.unicodeScalars {
                guard payload.count + UTF8.width(character) <= FrameHeader.controlBytes else { break }
                payload.append(String(character))
            }
        }
        var frame = ByteBuffer()
        frame.append(controlFrame: .close, payload.readable)
        return frame.toArray()
    }
}
