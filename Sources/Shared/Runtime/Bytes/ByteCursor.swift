/// Writes piece after piece into room that was made beforehand: each piece costs one comparison and a copy.
///
/// What does not fit traps: whoever makes the room knows how much there will be.
public struct ByteCursor: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    /// How many bytes were written.
    public private(set) var count = 0

    public init(_ room: UnsafeMutableBufferPointer<UInt8>) {
        guard let start = room.baseAddress else { preconditionFailure("no room to write into") }
        self.start = start
        capacity = room.count
    }

    public mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        take(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    public mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { put($0) } }

    public mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Disfavoured so that a literal is a `StaticString`, which costs no `String` on its way.
    @_disfavoredOverload public mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    public mutating func put(byte: UInt8) { take(1).storeBytes(of: byte, as: UInt8.self) }

    public mutating func put(decimal value: Int) {
        if value < 0 { put(byte: UInt8(ascii: "-")) }
        put(decimal: UInt64(value.magnitude), digits: 1)
    }

    /// With zeros in front where it has fewer digits. Two digits a step, each into its place.
    public mutating func put(decimal value: UInt64, digits: Int) {
        let size = max(digits, Self.digits(of: value))
        let target = take(size)
        var rest = value
        var place = size
        while place >= 2 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            let tens = (pair &* 103) >> 10
            place -= 2
            target.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 &+ tens), toByteOffset: place, as: UInt8.self)
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: 0x30 &+ pair &- tens &* 10), toByteOffset: place &+ 1, as: UInt8.self)
            rest = quotient
        }
        if place == 1 { target.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 &+ rest), as: UInt8.self) }
    }

    private static func digits(of value: UInt64) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while value >= bound {
            count &+= 1
            // The last power of ten that fits has twenty digits.
            if count == 20 { break }
            bound &*= 10
        }
        return count
    }

    public mutating func put(_ uuid: UUID) {
        uuid.write(into: UnsafeMutableBufferPointer(start: take(36).assumingMemoryBound(to: UInt8.self), count: 36))
    }

    /// RFC 3339 in UTC, with milliseconds.
    public mutating func put(_ time: Timestamp) {
        time.writeRFC3339(
            into: UnsafeMutableBufferPointer(start: take(24).assumingMemoryBound(to: UInt8.self), count: 24))
    }

    public mutating func put(_ request: RequestID) {
        switch request.source {
        case .own(let uuid): put(uuid)
        case .given(let text): put(text)
        }
    }

    /// The header's value: 55 characters.
    public mutating func put(traceparent trace: TraceContext) {
        trace.writeTraceparent(
            into: UnsafeMutableBufferPointer(start: take(55).assumingMemoryBound(to: UInt8.self), count: 55))
    }

    /// The 32 digits of the trace.
    public mutating func put(traceIDOf trace: TraceContext) {
        trace.writeTraceID(
            into: UnsafeMutableBufferPointer(start: take(32).assumingMemoryBound(to: UInt8.self), count: 32))
    }

    /// Seconds to the microsecond, `0.001250`, without zeros at the end.
    public mutating func put(seconds nanoseconds: UInt64) {
        let (seconds, microseconds) = (nanoseconds / 1000).quotientAndRemainder(dividingBy: 1_000_000)
        put(decimal: seconds, digits: 1)
        var rest = microseconds
        guard rest != 0 else { return }
        put(byte: UInt8(ascii: "."))
        var digits = 6
        while rest % 10 == 0 {
            rest /= 10
            digits -= 1
        }
        put(decimal: rest, digits: digits)
    }

    /// The place of the next `size` bytes, which the caller fills.
    private mutating func take(_ size: Int) -> UnsafeMutableRawPointer {
        precondition(size <= capacity - count, "more was written than there is room for")
        defer { count += size }
        return UnsafeMutableRawPointer(start + count)
    }
}
