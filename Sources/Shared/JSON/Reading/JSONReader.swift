import Glibc

/// Reads one JSON document (RFC 8259, strictly) from borrowed bytes, value by value.
///
/// Values are read in the document's order and each exactly once. A method that throws `.unusable` has noted the
/// problem and not moved; `read` and its kin then pass over the value and go on, so that all problems come together.
/// The bytes must outlive the reader and stay as they are.
public struct JSONReader: ~Copyable {
    let base: UnsafePointer<UInt8>
    let end: Int
    @usableFromInline var position = 0
    @usableFromInline var depth = 0
    public let limits: JSONLimits
    var faults: [JSONFault] = []
    /// Keys written with escapes, as they read without: they live as long as the reader, so that a key never dangles.
    var decodedKeys: [UnsafeMutableRawBufferPointer] = []

    public init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .standard) {
        self.limits = limits
        let start = bytes.baseAddress ?? UnsafeRawPointer(("" as StaticString).utf8Start)
        base = start.assumingMemoryBound(to: UInt8.self)
        guard bytes.count <= limits.bytes else {
            end = 0
            note(.tooLarge, at: 0, "\(bytes.count) bytes, and at most \(limits.bytes) are accepted")
            return
        }
        end = bytes.count
    }

    deinit { for key in decodedKeys { key.deallocate() } }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: end) }

    /// What the next value is.
    public mutating func nextKind() throws(JSONStop) -> JSONKind {
        guard let kind = JSONKind(firstByte: try peek()) else { throw unexpected("a value") }
        return kind
    }

    /// Refuses anything but white space behind the document.
    public mutating func finish() throws(JSONStop) {
        skipSpace()
        if position < end { throw unexpected("the end of the document") }
    }

    /// Everything noted so far, with paths.
    public func problems() -> [JSONProblem] { faults.problems(in: bytes) }

    // MARK: Punctuation

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.upperBound <= end, "outside the document")
        return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    @inline(__always) mutating func skipSpace() {
        while position < end, base[position] <= 0x20, Self.spaces & 1 << UInt64(base[position]) != 0 { position &+= 1 }
    }

    /// Tab, line feed, carriage return, space.
    private static let spaces: UInt64 = 1 << 0x09 | 1 << 0x0A | 1 << 0x0D | 1 << 0x20

    /// The first byte of what comes next; `position` is left on it.
    @inline(__always) mutating func peek() throws(JSONStop) -> UInt8 {
        skipSpace()
        guard position < end else { throw unexpected("a value") }
        return base[position]
    }

    mutating func enter() throws(JSONStop) {
        position &+= 1
        depth &+= 1
        if depth > limits.depth {
            throw malformed(.tooDeep, at: position - 1, "more than \(limits.depth) arrays and objects in each other")
        }
    }

    // MARK: Literals

    public mutating func bool() throws(JSONStop) -> Bool {
        switch try peek() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default: throw mismatch("a boolean")
        }
    }

    /// Passes over a null, if that is what comes next.
    public mutating func null() throws(JSONStop) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    @inline(__always) private mutating func literal(_ text: StaticString) throws(JSONStop) {
        let count = text.utf8CodeUnitCount
        guard end - position >= count, memcmp(base + position, text.utf8Start, count) == 0 else {
            throw malformed(.syntax, at: position, "expected \(text)")
        }
        position += count
    }
}
