/// Takes the chunks of a body apart. Each line is read when all of it has come, so that the pieces do not matter.
///
/// As strict as the head: readers that differ over a chunk's size differ over where the next request begins.
struct ChunkReader {
    private enum State {
        case size
        case content(Int)
        /// The CRLF behind a chunk.
        case contentEnd
        case trailer
        case complete
    }

    /// Of a size with its extensions, which nobody uses.
    private static let lineBytes = 256
    /// Of all extensions, and of all trailers.
    private static let sideBytes = 8 << 10

    private var state = State.size
    private var extensions = 0
    private var trailers = 0

    var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    mutating func next(_ bytes: RawSpan) throws(Refusal) -> BodyReader.Step {
        switch state {
        case .size: return try takeSize(bytes)
        case .content(let count):
            let taken = min(count, bytes.byteCount)
            state = taken == count ? .contentEnd : .content(count - taken)
            return BodyReader.Step(data: taken)
        case .contentEnd: return try takeContentEnd(bytes)
        case .trailer: return try takeTrailer(bytes)
        case .complete: return BodyReader.Step()
        }
    }

    private mutating func takeSize(_ bytes: RawSpan) throws(Refusal) -> BodyReader.Step {
        guard let end = try Self.line(bytes, upTo: Self.lineBytes) else { return BodyReader.Step() }
        var size = 0
        var digits = 0
        while digits < end, let value = Characters.hexValue(bytes[digits]) {
            // More than anybody's limit, and still far from an overflow.
            guard digits < 15 else { throw Refusal(400, "a chunk's size with too many digits") }
            size = size << 4 | Int(value)
            digits += 1
        }
        guard digits > 0, digits == end || bytes[digits] == UInt8(ascii: ";") else {
            throw Refusal(400, "a malformed size of a chunk")
        }
        extensions += end - digits
        guard extensions <= Self.sideBytes else { throw Refusal(400, "too many extensions of chunks") }
        state = size == 0 ? .trailer : .content(size)
        return BodyReader.Step(framing: end + 2)
    }

    private mutating func takeContentEnd(_ bytes: RawSpan) throws(Refusal) -> BodyReader.Step {
        if bytes.byteCount > 0, bytes[0] != 0x0D || bytes.byteCount > 1 && bytes[1] != 0x0A {
            throw Refusal(400, "a chunk that does not end where it said")
        }
        guard bytes.byteCount > 1 else { return BodyReader.Step() }
        state = .size
        return BodyReader.Step(framing: 2)
    }

    /// Fields behind the last chunk must be fields; what they say is not wanted.
    private mutating func takeTrailer(_ bytes: RawSpan) throws(Refusal) -> BodyReader.Step {
        guard let end = try Self.line(bytes, upTo: Self.sideBytes - trailers) else { return BodyReader.Step() }
        if end == 0 {
            state = .complete
            return BodyReader.Step(framing: 2)
        }
        var colon = 0
        while colon < end, Characters.isToken(bytes[colon]) { colon += 1 }
        guard colon > 0, colon < end, bytes[colon] == UInt8(ascii: ":"), !Self.isFraming(bytes, 0..<colon) else {
            throw Refusal(400, "a trailer that must not be")
        }
        trailers += end + 2
        return BodyReader.Step(framing: end + 2)
    }

    private static func isFraming(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        bytes.matches(name, "content-length") || bytes.matches(name, "transfer-encoding") || bytes.matches(name, "host")
    }

    /// Where the line ends that begins here; nil while it has not.
    private static func line(_ bytes: RawSpan, upTo limit: Int) throws(Refusal) -> Int? {
        let end = try bytes.lineEnd(from: 0, to: min(bytes.byteCount, max(0, limit)))
        if end == nil, bytes.byteCount >= limit { throw Refusal(400, "a line between chunks is too long") }
        return end
    }
}
