import Runtime

/// The beginning of a frame (RFC 6455, section 5.2).
struct FrameHeader: Equatable {
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// What the payload of a control frame may have at most.
    static let controlBytes = 125

    let opcode: Opcode
    let isFinal: Bool
    /// RSV1, the only reserved bit that an extension of ours gives a meaning.
    let isCompressed: Bool
    /// Its first byte in the low bits.
    let mask: UInt32
    let payloadLength: Int
    /// Of the header itself.
    let length: Int

    // MARK: Reading what a client sends

    /// The header at the beginning of `bytes`; nil when more of it has to come. What is wrong is said as soon as it
    /// can be seen.
    static func read(_ bytes: UnsafeRawBufferPointer) throws(WebSocketFault) -> FrameHeader? {
        guard let first = bytes.first else { return nil }
        guard first & 0x30 == 0 else { throw WebSocketFault(.protocolError, "reserved bits") }
        guard let opcode = Opcode(rawValue: first & 0x0F) else {
            throw WebSocketFault(.protocolError, "reserved opcode")
        }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal { throw WebSocketFault(.protocolError, "fragmented control frame") }
        guard bytes.count > 1 else { return nil }
        guard bytes[1] & 0x80 != 0 else { throw WebSocketFault(.protocolError, "frame without a mask") }
        guard let size = try readSize(bytes, of: opcode) else { return nil }
        guard bytes.count >= size.end + 4 else { return nil }
        return FrameHeader(
            opcode: opcode, isFinal: isFinal, isCompressed: first & 0x40 != 0,
            mask: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: size.end, as: UInt32.self)),
            payloadLength: size.length, length: size.end + 4)
    }

    /// The length of the payload, and where the mask begins.
    private static func readSize(
        _ bytes: UnsafeRawBufferPointer, of opcode: Opcode
    ) throws(WebSocketFault) -> (length: Int, end: Int)? {
        let short = Int(bytes[1] & 0x7F)
        if short <= controlBytes { return (short, 2) }
        if opcode.isControl { throw WebSocketFault(.protocolError, "control frame over 125 bytes") }
        let end = short == 126 ? 4 : 10
        guard bytes.count >= end else { return nil }
        let length: UInt64 =
            if short == 126 {
                UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            } else {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            }
        guard length > (short == 126 ? UInt64(controlBytes) : 0xFFFF), let length = Int(exactly: length) else {
            throw WebSocketFault(.protocolError, "length not in its shortest form")
        }
        return (length, end)
    }

    // MARK: Writing what the server sends

    /// Appends the header of an unfragmented, unmasked frame.
    static func write(
        _ opcode: Opcode, isCompressed: Bool = false, payloadLength: Int, to buffer: inout ByteBuffer
    ) {
        buffer.append(byte: 0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        switch payloadLength {
        case ...controlBytes: buffer.append(byte: UInt8(payloadLength))
        case ...0xFFFF:
            buffer.append(byte: 126)
            buffer.append(bigEndian: UInt16(payloadLength))
        default:
            buffer.append(byte: 127)
            buffer.append(bigEndian: UInt64(payloadLength))
        }
    }
}

extension FrameHeader.Opcode {
    init(_ kind: WebSocketMessage.Kind) { self = kind == .text ? .text : .binary }
}
