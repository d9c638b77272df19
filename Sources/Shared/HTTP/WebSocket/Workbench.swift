import Runtime

/// What all sockets of one loop share to read and write messages, so that none of them holds it while idle.
final class Workbench {
    /// The payload of the frame, or of the message, that is being looked at.
    var payload = ByteBuffer()
    private var inflated = ByteBuffer()
    /// The message that was put together last: it is still being read.
    var assembled: PartialMessage?
    private var inflater: Inflater?
    private(set) lazy var deflater = Deflater()

    /// `payload` becomes what `bytes` are without their mask.
    func unmask(_ bytes: UnsafeRawBufferPointer, _ mask: UInt32) {
        empty(&payload)
        payload.append(room: bytes.count) { target in
            _ = Masking.remove(mask, from: bytes, to: target)
            return bytes.count
        }
    }

    /// What `bytes` stand for, valid until the next call.
    func inflate(_ bytes: UnsafeRawBufferPointer, upTo limit: Int) throws(WebSocketFault) -> UnsafeRawBufferPointer {
        let inflater = self.inflater ?? Inflater()
        self.inflater = inflater
        empty(&inflated)
        try inflater.inflate(bytes, upTo: limit, to: &inflated)
        return inflated.readable
    }

    /// A rare large message does not keep its memory.
    private static let keptBytes = 64 << 10

    private func empty(_ buffer: inout ByteBuffer) {
        if buffer.count > Self.keptBytes { buffer.release() } else { buffer.clear() }
    }
}
