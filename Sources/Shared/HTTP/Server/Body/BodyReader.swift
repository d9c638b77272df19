/// Finds the end of a body in the bytes that come.
struct BodyReader {
    /// What to do with the next bytes: skip the framing, then take the data. Neither: more is needed.
    struct Step: Equatable {
        var framing = 0
        var data = 0
    }

    /// Nil when it is not known.
    private(set) var remaining: Int?
    private(set) var isComplete = false

    init(_ framing: BodyFraming) {
        switch framing {
        case .none: isComplete = true
        case .length(let count): remaining = count
        case .chunked: break
        }
    }

    mutating func next(_ bytes: RawSpan) throws(Refusal) -> Step {
        guard let remaining else { throw Refusal(501, "no chunked bodies yet") }
        let count = min(remaining, bytes.byteCount)
        self.remaining = remaining - count
        isComplete = count == remaining
        return Step(data: count)
    }
}
