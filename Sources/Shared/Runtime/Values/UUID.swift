import Synchronization

/// 128 bits that name a thing; ours are version 7, so newer ones sort after older ones.
public struct UUID: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The latest id's milliseconds and, below them, its counter of 12 bits.
    private static let latest = Atomic<UInt64>(0)

    /// A new version 7 id that sorts after all that this process has made before: within a millisecond they are counted.
    public static func v7() -> UUID {
        let random = Entropy.bits()
        // Begins anywhere in the lower half, so that processes differ and there is room to count.
        let fresh = UInt64(bitPattern: Timestamp.now.milliseconds) << 12 | random >> 53
        var last = latest.load(ordering: .relaxed)
        while true {
            let next = max(fresh, last + 1)
            let (exchanged, original) = latest.compareExchange(expected: last, desired: next, ordering: .relaxed)
            if exchanged { return UUID(counted: next) }
            last = original
        }
    }

    /// So many new ones, in their order, for the price of one look at the clock.
    public static func v7(count: Int) -> [UUID] {
        guard count > 0 else { return [] }
        let fresh = UInt64(bitPattern: Timestamp.now.milliseconds) << 12 | Entropy.bits() >> 53
        var last = latest.load(ordering: .relaxed)
        var first: UInt64
        while true {
            first = max(fresh, last + 1)
            let (exchanged, original) = latest.compareExchange(
                expected: last, desired: first + UInt64(count) - 1, ordering: .relaxed)
            if exchanged { break }
            last = original
        }
        return (first..<first + UInt64(count)).map { UUID(counted: $0) }
    }

    /// From milliseconds and counter.
    private init(counted number: UInt64) {
        high = (number >> 12) << 16 | 0x7000 | number & 0x0FFF
        low = 0x8000_0000_0000_0000 | Entropy.bits() >> 2
    }

    /// A version 7 id of another moment: 48 bits of milliseconds, 74 of randomness.
    public static func v7(at time: Timestamp) -> UUID {
        var random: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &random) { Entropy.fill($0) }
        return v7(at: time, random: random)
    }

    /// The same with randomness that the caller has.
    public static func v7(at time: Timestamp, random: (UInt64, UInt64)) -> UUID {
        let milliseconds = UInt64(bitPattern: time.milliseconds)
        return UUID(
            high: milliseconds << 16 | 0x7000 | random.0 & 0x0FFF,
            low: 0x8000_0000_0000_0000 | random.1 >> 2)
    }

    /// When a version 7 id was made.
    public var time: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    public static func < (left: UUID, right: UUID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension UUID {
    /// 16 bytes in network order, as PostgreSQL's binary format has them.
    public init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 16)
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// The usual form with four hyphens, in either case; anything else is nil.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        let parsed = text.withUTF8 { UUID(text: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    public init?(text: UnsafeRawBufferPointer) {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (position, byte) in text.enumerated() {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexValue(byte) else { return nil }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }
}

extension UUID: CustomStringConvertible {
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { target in
            write(into: target)
            return 36
        }
    }

    /// Writes the 36 characters of the usual form.
    public func write(into target: UnsafeMutableBufferPointer<UInt8>) {
        let bytes = UnsafeMutableRawBufferPointer(target)
        precondition(bytes.count >= 36)
        let (first, second) = (hexDigits(of: UInt32(high >> 32)), hexDigits(of: UInt32(truncatingIfNeeded: high)))
        let (third, fourth) = (hexDigits(of: UInt32(low >> 32)), hexDigits(of: UInt32(truncatingIfNeeded: low)))
        bytes.storeBytes(of: first, toByteOffset: 0, as: UInt64.self)
        bytes.storeBytes(of: UInt32(truncatingIfNeeded: second), toByteOffset: 9, as: UInt32.self)
        bytes.storeBytes(of: UInt32(second >> 32), toByteOffset: 14, as: UInt32.self)
        bytes.storeBytes(of: UInt32(truncatingIfNeeded: third), toByteOffset: 19, as: UInt32.self)
        bytes.storeBytes(of: UInt32(third >> 32), toByteOffset: 24, as: UInt32.self)
        bytes.storeBytes(of: fourth, toByteOffset: 28, as: UInt64.self)
        bytes[8] = UInt8(ascii: "-")
        bytes[13] = UInt8(ascii: "-")
        bytes[18] = UInt8(ascii: "-")
        bytes[23] = UInt8(ascii: "-")
    }
}

/// The eight digits of a number, as they lie in memory, all of them made at once.
func hexDigits(of value: UInt32) -> UInt64 {
    var nibbles = UInt64(value)
    nibbles = (nibbles << 16 | nibbles) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles << 8 | nibbles) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles << 4 | nibbles) & 0x0F0F_0F0F_0F0F_0F0F
    // One in each byte that is ten and above: letters lie 39 behind the digits.
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39).bigEndian
}

public func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}

public func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
}
