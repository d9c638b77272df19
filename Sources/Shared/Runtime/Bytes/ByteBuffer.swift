import Glibc

/// A growable run of bytes with one owner: appended at the end, consumed from the front.
public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    /// Where the readable bytes begin and end, from `base`.
    @usableFromInline var head = 0
    @usableFromInline var tail = 0
    @usableFromInline var capacity = 0

    public init() {}

    public init(capacity: Int) {
        grow(by: capacity)
    }

    deinit { free(base) }

    @inlinable public var count: Int { tail &- head }
    @inlinable public var isEmpty: Bool { tail == head }

    /// The bytes not yet consumed. Valid until the next change of the buffer.
    @inlinable public var readable: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base.map { UnsafeRawPointer($0) + head }, count: count)
    }

    @inlinable public func toArray() -> [UInt8] { [UInt8](readable) }

    public func toString() -> String { String(decoding: readable, as: UTF8.self) }

    // MARK: Writing

    /// Makes room for `extra` more bytes, so that the next appends do not allocate.
    @inlinable public mutating func reserve(_ extra: Int) {
        if capacity &- tail < extra { grow(by: extra) }
    }

    @inlinable public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        end.copyMemory(from: start, byteCount: bytes.count)
        tail &+= bytes.count
    }

    @inlinable public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    @inlinable public mutating func append(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { append($0) } }

    @inlinable public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Disfavoured so that a literal is a `StaticString`, which costs no `String` on its way.
    @_disfavoredOverload @inlinable public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @_disfavoredOverload @inlinable public mutating func append(_ text: Substring) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inlinable public mutating func append(byte: UInt8) {
        reserve(1)
        end.storeBytes(of: byte, as: UInt8.self)
        tail &+= 1
    }

    @inlinable public mutating func append(bigEndian value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { append($0) }
    }

    @inlinable @inline(__always) public mutating func append(decimal value: some FixedWidthInteger) {
        if value < 0 { append(byte: UInt8(ascii: "-")) }
        append(decimalMagnitude: UInt64(value.magnitude))
    }

    /// Lets `body` write into at least `room` free bytes; it answers how many it wrote.
    @inlinable public mutating func append<E: Error>(
        room: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) {
        // At least one byte, so that there is storage to point to.
        reserve(max(room, 1))
        let written = try body(UnsafeMutableRawBufferPointer(start: end, count: capacity &- tail))
        precondition(written >= 0 && written <= capacity &- tail, "wrote past the free room")
        tail &+= written
    }

    /// Lets `body` change the readable bytes where they are.
    @inlinable public mutating func withMutableReadable<E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        try body(UnsafeMutableRawBufferPointer(start: base.map { $0 + head }, count: count))
    }

    /// Drops the last `count` readable bytes.
    @inlinable public mutating func dropLast(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "dropped more than there is")
        tail &-= count
    }

    // MARK: Reading

    /// Drops the first `count` readable bytes.
    @inlinable public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "consumed more than there is")
        head &+= count
        if head == tail { clear() }
    }

    /// Empties the buffer and keeps its memory.
    @inlinable public mutating func clear() {
        head = 0
        tail = 0
    }

    /// Empties the buffer and gives its memory back: what an idle connection does.
    public mutating func release() {
        free(base)
        base = nil
        capacity = 0
        clear()
    }

    // MARK: Storage

    @usableFromInline var end: UnsafeMutableRawPointer {
        @inlinable get {
            // `reserve` has run before every use, so there is storage.
            base.unsafelyUnwrapped + tail
        }
    }

    @usableFromInline mutating func append(decimalMagnitude magnitude: UInt64) {
        // Most numbers are small: states, lengths, parts of an address.
        if magnitude < 10 { return append(byte: UInt8(ascii: "0") + UInt8(magnitude)) }
        var rest = magnitude
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var first = 20
            repeat {
                first -= 1
                digits[first] = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
                rest /= 10
            } while rest != 0
            append(UnsafeRawBufferPointer(rebasing: digits[first...]))
        }
    }

    @usableFromInline @inline(never) mutating func grow(by extra: Int) {
        if head > 0 {
            if let base { memmove(base, base + head, count) }
            tail -= head
            head = 0
            if capacity - tail >= extra { return }
        }
        let wanted = max(capacity * 2, tail + extra, 256)
        guard let moved = realloc(base, wanted) else { fatalError("out of memory: \(wanted) bytes") }
        base = moved
        capacity = wanted
    }
}

// The storage has one owner, the buffer, and the buffer cannot be copied: whoever receives it is alone with it.
extension ByteBuffer: @unchecked Sendable {}
