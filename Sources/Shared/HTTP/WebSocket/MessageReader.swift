import Runtime

/// Puts the frames of one client together to messages. Knows no socket; while nothing is half read it holds nothing.
struct MessageReader: ~Copyable {
    enum Event {
        case message(WebSocketMessage)
        case ping(UnsafeRawBufferPointer)
        case pong
        case close(CloseCode)
    }

    private let limit: Int
    private let mayBeCompressed: Bool
    private var partial: PartialMessage?

    init(limit: Int, mayBeCompressed: Bool) {
        self.limit = limit
        self.mayBeCompressed = mayBeCompressed
    }

    /// The next event in `bytes`, of which it uses up a part; nil when more has to come. What the event points to is
    /// valid until the next call.
    mutating func next(
        in bytes: UnsafeRawBufferPointer, using bench: Workbench
    ) throws(WebSocketFault) -> (event: Event?, used: Int) {
        bench.assembled = nil
        var used = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            if let partial, partial.isInFrame {
                used += try partial.take(rest)
                if partial.isInFrame { return (nil, used) }
                if partial.isWhole { return (try finish(partial, using: bench), used) }
                continue
            }
            guard let header = try FrameHeader.read(rest) else { return (nil, used) }
            // Of data, before anything is reckoned with a length of which nothing is known yet.
            if !header.opcode.isControl { try check(header) }
            let end = header.length + header.payloadLength
            if header.opcode.isControl {
                guard rest.count >= end else { return (nil, used) }
                bench.unmask(UnsafeRawBufferPointer(rebasing: rest[header.length..<end]), header.mask)
                return (try controlEvent(header, bench.payload.readable), used + end)
            }
            if partial == nil, header.isFinal, rest.count >= end {
                bench.unmask(UnsafeRawBufferPointer(rebasing: rest[header.length..<end]), header.mask)
                return (try wholeMessage(header, using: bench), used + end)
            }
            try begin(header)
            used += header.length
        }
    }

    // MARK: Data

    private func check(_ header: FrameHeader) throws(WebSocketFault) {
        if header.opcode == .continuation {
            guard partial != nil else { throw WebSocketFault(.protocolError, "nothing to continue") }
            guard !header.isCompressed else { throw WebSocketFault(.protocolError, "reserved bits") }
        } else {
            guard partial == nil else { throw WebSocketFault(.protocolError, "message inside a message") }
            guard !header.isCompressed || mayBeCompressed else {
                throw WebSocketFault(.protocolError, "reserved bits")
            }
        }
        let isCompressed = partial?.isCompressed ?? header.isCompressed
        guard header.payloadLength <= wireLimit(isCompressed) - (partial?.payload.count ?? 0) else {
            throw WebSocketFault(.tooLarge, "message too large")
        }
    }

    /// What cannot be compressed grows a little when it is tried. The message itself is measured once it is inflated.
    private func wireLimit(_ isCompressed: Bool) -> Int { isCompressed ? limit + limit / 16 + 64 : limit }

    private mutating func begin(_ header: FrameHeader) throws(WebSocketFault) {
        let message =
            partial
            ?? PartialMessage(header.opcode == .text ? .text : .binary, isCompressed: header.isCompressed)
        message.begin(header)
        partial = message
    }

    /// The usual case: one frame, here in one piece.
    private func wholeMessage(_ header: FrameHeader, using bench: Workbench) throws(WebSocketFault) -> Event {
        let kind: WebSocketMessage.Kind = header.opcode == .text ? .text : .binary
        if header.isCompressed { return try inflated(bench.payload.readable, kind, using: bench) }
        let bytes = bench.payload.readable
        guard kind == .binary || UTF8Check.isValid(bytes) else { throw Self.invalidText }
        return .message(WebSocketMessage(kind: kind, bytes: bytes))
    }

    private mutating func finish(_ message: PartialMessage, using bench: Workbench) throws(WebSocketFault) -> Event {
        partial = nil
        bench.assembled = message
        let bytes = message.payload.readable
        if message.isCompressed { return try inflated(bytes, message.kind, using: bench) }
        guard message.isValid else { throw Self.invalidText }
        return .message(WebSocketMessage(kind: message.kind, bytes: bytes))
    }

    private func inflated(
        _ bytes: UnsafeRawBufferPointer, _ kind: WebSocketMessage.Kind, using bench: Workbench
    ) throws(WebSocketFault) -> Event {
        let bytes = try bench.inflate(bytes, upTo: limit)
        guard kind == .binary || UTF8Check.isValid(bytes) else { throw Self.invalidText }
        return .message(WebSocketMessage(kind: kind, bytes: bytes))
    }

    static let invalidText = WebSocketFault(.invalidPayload, "not UTF-8")

    // MARK: Control

    private func controlEvent(
        _ header: FrameHeader, _ payload: UnsafeRawBufferPointer
    ) throws(WebSocketFault) -> Event {
        guard !header.isCompressed else { throw WebSocketFault(.protocolError, "reserved bits") }
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        default: return .close(try Self.closeCode(payload))
        }
    }

    private static func closeCode(_ payload: UnsafeRawBufferPointer) throws(WebSocketFault) -> CloseCode {
        if payload.isEmpty { return .none }
        guard payload.count > 1 else { throw WebSocketFault(.protocolError, "half a close code") }
        let code = CloseCode(rawValue: UInt16(bigEndian: payload.loadUnaligned(as: UInt16.self)))
        guard code.isSendable else { throw WebSocketFault(.protocolError, "close code \(code)") }
        guard UTF8Check.isValid(UnsafeRawBufferPointer(rebasing: payload[2...])) else { throw invalidText }
        return code
    }
}
