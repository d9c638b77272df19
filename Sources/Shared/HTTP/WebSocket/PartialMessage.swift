import Runtime

/// A message of which a part has come.
final class PartialMessage {
    let kind: WebSocketMessage.Kind
    let isCompressed: Bool
    private(set) var payload = ByteBuffer()
    private var text = UTF8Check()
    /// Of the present frame.
    private var missing = 0
    private var mask: UInt32 = 0
    private var isLastFrame = false
    private(set) var isInFrame = false

    init(_ kind: WebSocketMessage.Kind, isCompressed: Bool) {
        self.kind = kind
        self.isCompressed = isCompressed
    }

    var isWhole: Bool { isLastFrame && !isInFrame }
    /// Whether a whole message may end where it does.
    var isValid: Bool { kind == .binary || text.isComplete }

    func begin(_ header: FrameHeader) {
        missing = header.payloadLength
        mask = header.mask
        isLastFrame = header.isFinal
        isInFrame = true
    }

    /// Takes what belongs to the present frame; answers how much that was.
    func take(_ bytes: UnsafeRawBufferPointer) throws(WebSocketFault) -> Int {
        let count = min(missing, bytes.count)
        let before = payload.count
        // Room for what has come, not for what was announced: an announcement costs a client nothing.
        payload.append(room: count) { target in
            mask = Masking.remove(mask, from: UnsafeRawBufferPointer(rebasing: bytes[..<count]), to: target)
            return count
        }
        missing -= count
        isInFrame = missing > 0
        if kind == .text, !isCompressed {
            let added = UnsafeRawBufferPointer(rebasing: payload.readable[before...])
            guard text.accepts(added) else { throw MessageReader.invalidText }
        }
        return count
    }
}
