import CZlib

/// Packs whole bodies, one after the other.
final class GzipEncoder {
    /// zlib remembers where its state lies, so that it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil where there is no memory. `level` is from 1, fast, to 9, small.
    init?(level: Int32) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for a gzip header.
        let code = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        if code != Z_OK { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Nil when that would not be smaller by a tenth at least.
    func pack(_ bytes: [UInt8]) -> [UInt8]? {
        deflateReset(stream)
        let room = bytes.count - bytes.count / 10
        let packed = bytes.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: room) { output, count in
                // zlib does not write to its input; its type has not heard of const.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(room)
                let isWhole = deflate(stream, Z_FINISH) == Z_STREAM_END
                count = isWhole ? room - Int(stream.pointee.avail_out) : 0
            }
        }
        return packed.isEmpty ? nil : packed
    }
}
