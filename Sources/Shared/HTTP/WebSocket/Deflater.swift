import CZlib
import Runtime

/// Compresses messages, each by itself (RFC 7692 without context takeover): one serves all sockets of a loop.
final class Deflater {
    /// Distances stay below 4 KiB: events are small, a reset is cheap, and every window that a client can ask for above
    /// this one is kept.
    static let windowBits: Int32 = 12
    private static let memoryLevel: Int32 = 5

    // zlib keeps the address, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() {
        stream.initialize(to: z_stream())
        let result = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -Self.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(result == Z_OK, "no memory to compress with")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Appends the compressed form of `bytes`.
    func deflate(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) {
        deflateReset(stream)
        // zlib never writes through this pointer.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        output.append(room: Int(deflateBound(stream, UInt(bytes.count))) + Self.tailBytes + 8) { target in
            stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(target.count)
            let result = CZlib.deflate(stream, Z_SYNC_FLUSH)
            precondition(result == Z_OK && stream.pointee.avail_in == 0, "there was room for all of it")
            return target.count - Int(stream.pointee.avail_out)
        }
        output.dropLast(Self.tailBytes)
    }

    /// The empty block that a flush ends with. It is left out on the wire, and put back before inflating.
    static let tail = UInt32(0x0000_FFFF).bigEndian
    static let tailBytes = 4
}

/// Inflates messages, each by itself.
final class Inflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() {
        stream.initialize(to: z_stream())
        let result = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(result == Z_OK, "no memory to inflate with")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Appends what `bytes` stand for; never more than `limit` bytes and one step.
    func inflate(
        _ bytes: UnsafeRawBufferPointer, upTo limit: Int, to output: inout ByteBuffer
    ) throws(WebSocketFault) {
        inflateReset(stream)
        try feed(bytes, upTo: limit, to: &output)
        try withUnsafeBytes(of: Deflater.tail) { tail throws(WebSocketFault) in
            try feed(tail, upTo: limit, to: &output)
        }
        // Between two blocks, with no bit left over: anything else was cut off.
        guard stream.pointee.data_type & 0x1FF == 128 else { throw Self.damaged }
    }

    private static let step = 4096
    private static let damaged = WebSocketFault(.invalidPayload, "damaged compression")

    private func feed(
        _ bytes: UnsafeRawBufferPointer, upTo limit: Int, to output: inout ByteBuffer
    ) throws(WebSocketFault) {
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            try output.append(room: Self.step) { target throws(WebSocketFault) in try fill(target) }
            guard output.count <= limit else { throw WebSocketFault(.tooLarge, "message too large") }
        } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer) throws(WebSocketFault) -> Int {
        // Not all the room there may be: the limit is looked at after each step.
        let room = min(target.count, Self.step)
        stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let result = CZlib.inflate(stream, Z_SYNC_FLUSH)
        switch result {
        case Z_OK, Z_BUF_ERROR: break
        // A last block is allowed; what follows it begins anew.
        case Z_STREAM_END: inflateReset(stream)
        default: throw Self.damaged
        }
        return room - Int(stream.pointee.avail_out)
    }
}
