import Glibc

/// Where the segments of a path lie in its bytes. Valid while the bytes are.
struct PathSegments {
    /// More than any pattern has.
    static let most = 16

    let bytes: UnsafeRawBufferPointer
    private var ranges = InlineArray<16, Range<Int32>>(repeating: 0..<0)
    private(set) var count = 0
    /// Whether there is an escape in it.
    private(set) var areEncoded = false

    /// Splits at slashes; nil where the path does not begin with one, or has too many.
    init?(_ path: UnsafeRawBufferPointer) {
        guard path.first == UInt8(ascii: "/") else { return nil }
        bytes = path
        if path.count == 1 { return }
        var start = 1
        for position in 1..<path.count {
            switch path[position] {
            case UInt8(ascii: "/"):
                guard append(start..<position) else { return nil }
                start = position + 1
            case UInt8(ascii: "%"): areEncoded = true
            default: break
            }
        }
        guard append(start..<path.count) else { return nil }
    }

    /// The same segments in the bytes that they were decoded into.
    init(_ decoded: UnsafeRawBufferPointer, _ ranges: [Range<Int>]) {
        bytes = decoded
        for range in ranges { _ = append(range) }
    }

    private mutating func append(_ range: Range<Int>) -> Bool {
        guard count < Self.most else { return false }
        ranges[count] = Int32(range.lowerBound)..<Int32(range.upperBound)
        count += 1
        return true
    }

    func range(_ index: Int) -> Range<Int> { Int(ranges[index].lowerBound)..<Int(ranges[index].upperBound) }

    func matches(_ index: Int, _ literal: [UInt8]) -> Bool {
        let range = range(index)
        return range.count == literal.count && isSame(range.lowerBound, literal)
    }

    /// Whether a segment ends so, with something before it.
    func ends(_ index: Int, with suffix: [UInt8]) -> Bool {
        let range = range(index)
        return range.count > suffix.count && isSame(range.upperBound - suffix.count, suffix)
    }

    private func isSame(_ offset: Int, _ text: [UInt8]) -> Bool {
        guard let base = bytes.baseAddress else { return text.isEmpty }
        return memcmp(base + offset, text, text.count) == 0
    }
}
