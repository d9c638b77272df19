import Glibc
import Runtime

/// The memory of one whole reply: the bytes of all its strings, and the elements of all its arrays.
///
/// Immutable once built, so any number of tasks may read it: that is what makes it `@unchecked Sendable`.
final class ReplyStorage: @unchecked Sendable {
    static let empty = ReplyStorage(bytes: ByteBuffer(), nodes: [])

    private let bytes: ByteBuffer
    let nodes: [ReplyNode]

    init(bytes: consuming ByteBuffer, nodes: [ReplyNode]) {
        self.bytes = bytes
        self.nodes = nodes
    }

    func slice(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        count == 0
            ? UnsafeRawBufferPointer(start: nil, count: 0)
            : UnsafeRawBufferPointer(rebasing: bytes.readable[start..<start + count])
    }
}

/// A string of a reply: a slice of the reply's memory, which it keeps alive. Any bytes, not only text.
public struct RedisBytes: Sendable {
    private let storage: ReplyStorage
    private let start: UInt32
    private let length: UInt32

    init(_ storage: ReplyStorage, start: Int, count: Int) {
        self.storage = storage
        self.start = UInt32(start)
        self.length = UInt32(count)
    }

    public init() { self.init(.empty, start: 0, count: 0) }

    public init(_ bytes: UnsafeRawBufferPointer) {
        var buffer = ByteBuffer(capacity: bytes.count)
        buffer.append(bytes)
        self.init(ReplyStorage(bytes: buffer, nodes: []), start: 0, count: bytes.count)
    }

    public init(_ bytes: [UInt8]) { self = bytes.withUnsafeBytes { RedisBytes($0) } }

    public init(_ text: String) { self.init([UInt8](text.utf8)) }

    public var count: Int { Int(length) }
    public var isEmpty: Bool { length == 0 }

    /// The pointer is good until `body` returns.
    public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(storage.slice(Int(start), count))
    }

    public subscript(index: Int) -> UInt8 { withUnsafeBytes { $0[index] } }

    /// The part from `range`, over the same memory.
    public subscript(range: Range<Int>) -> RedisBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "past the end of the bytes")
        return RedisBytes(storage, start: Int(start) + range.lowerBound, count: range.count)
    }

    public func toArray() -> [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// As text; what is not UTF-8 becomes U+FFFD.
    public var string: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

    /// As a decimal number, if it is one, written as Redis writes it: no space, no plus sign.
    public var int: Int? { withUnsafeBytes { parseDecimal($0) } }

    public func starts(with prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount
            && self[0..<prefix.utf8CodeUnitCount]
                .isEqual(to: UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    }
}

extension RedisBytes: Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }

    public static func == (one: RedisBytes, other: RedisBytes) -> Bool {
        other.withUnsafeBytes { one.isEqual(to: $0) }
    }

    public func isEqual(to bytes: UnsafeRawBufferPointer) -> Bool {
        withUnsafeBytes { mine in
            guard mine.count == bytes.count else { return false }
            guard let one = mine.baseAddress, let other = bytes.baseAddress else { return true }
            return memcmp(one, other, bytes.count) == 0
        }
    }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    public var description: String { string }
}

/// A signed decimal number without anything around it, or nil if it is none or too large.
func parseDecimal(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = bytes.dropFirst(isNegative ? 1 : 0)
    guard !digits.isEmpty else { return nil }
    var value = 0
    for byte in digits {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        let digit = Int(byte - UInt8(ascii: "0"))
        let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = product.subtractingReportingOverflow(digit)
        guard !tooLarge, !overflow else { return nil }
        value = sum
    }
    // Counted below zero, because the smallest number has no positive twin.
    return isNegative ? value : value == .min ? nil : -value
}
