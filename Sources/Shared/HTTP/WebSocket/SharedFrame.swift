import Crypto
import Runtime
import Synchronization

/// A message on its way out, encoded once for all who get it, on whatever loop.
public final class SharedFrame: Sendable {
    private enum Deflated {
        case untried
        case useless
        case frame([UInt8])
    }

    /// The whole frame as it goes to a socket without compression.
    let plain: [UInt8]
    private let kind: WebSocketMessage.Kind
    private let payloadLength: Int
    private let deflated = Mutex(Deflated.untried)

    /// A text has to be UTF-8: clients check.
    public init(_ kind: WebSocketMessage.Kind, _ payload: some ByteSource) {
        self.kind = kind
        (plain, payloadLength) = payload.withBytes { payload in
            var buffer = ByteBuffer(capacity: payload.count + 10)
            FrameHeader.write(FrameHeader.Opcode(kind), payloadLength: payload.count, to: &buffer)
            buffer.append(payload)
            return (buffer.toArray(), payload.count)
        }
    }

    /// The form for a socket that negotiated compression; made when it is asked for the first time.
    func compressed(from shortest: Int, by deflater: @autoclosure () -> Deflater) -> [UInt8] {
        guard payloadLength >= shortest else { return plain }
        return deflated.withLock { deflated in
            switch deflated {
            case .useless: return plain
            case .frame(let bytes): return bytes
            case .untried:
                let bytes = compress(with: deflater())
                deflated = bytes.count < plain.count ? .frame(bytes) : .useless
                return bytes.count < plain.count ? bytes : plain
            }
        }
    }

    private func compress(with deflater: Deflater) -> [UInt8] {
        var payload = ByteBuffer()
        plain.withUnsafeBytes {
            deflater.deflate(UnsafeRawBufferPointer(rebasing: $0.suffix(payloadLength)), to: &payload)
        }
        var frame = ByteBuffer(capacity: payload.count + 10)
        FrameHeader.write(FrameHeader.Opcode(kind), isCompressed: true, payloadLength: payload.count, to: &frame)
        frame.append(payload.readable)
        return frame.toArray()
    }
}
