/// The XOR that every byte of a client comes with (RFC 6455, section 5.3).
enum Masking {
    private typealias Block = SIMD4<UInt64>

    /// Writes `source` without its mask to `target`. Answers the mask turned for the byte that comes next.
    static func remove(
        _ mask: UInt32, from source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) -> UInt32 {
        precondition(target.count >= source.count, "no room for the payload")
        guard let from = source.baseAddress, let to = target.baseAddress else { return mask }
        let word = UInt64(mask) | UInt64(mask) << 32
        let block = Block(repeating: word)
        let count = source.count
        var position = 0
        while position &+ 32 <= count {
            let bytes = from.loadUnaligned(fromByteOffset: position, as: Block.self)
            to.storeBytes(of: bytes ^ block, toByteOffset: position, as: Block.self)
            position &+= 32
        }
        while position &+ 8 <= count {
            let bytes = from.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            to.storeBytes(of: bytes ^ word, toByteOffset: position, as: UInt64.self)
            position &+= 8
        }
        var rest = mask
        while position < count {
            let byte = from.load(fromByteOffset: position, as: UInt8.self)
            to.storeBytes(of: byte ^ UInt8(truncatingIfNeeded: rest), toByteOffset: position, as: UInt8.self)
            rest = rest >> 8 | rest << 24
            position &+= 1
        }
        return rest
    }
}
