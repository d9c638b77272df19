/// Finds the end of a body in the bytes that come.
struct BodyReader {
    /// What to do with the next bytes: skip the framing, then take the data. Neither: more is needed.
    struct Step: Equatable {
        var framing = 0
        var data = 0
    }

    private enum Framing {
        case length
        case chunks(ChunkReader)
    }

    private var framing: Framing
    /// How much is still to come; nil when that is not known.
    private(set) var remaining: Int?
    private(set) var isComplete = false

    init(_ framing: BodyFraming) {
        self.framing = .length
        switch framing {
        case .none: isComplete = true
        case .length(let count): remaining = count
        case .chunked: self.framing = .chunks(ChunkReader())
        }
    }

    mutating func next(_ bytes: RawSpan) throws(Refusal) -> Step {
        switch framing {
        case .length: return takeLength(bytes)
        case .chunks(var chunks):
            let step = try chunks.next(bytes)
            framing = .chunks(chunks)
            isComplete = chunks.isComplete
            return step
        }
    }

    private mutating func takeLength(_ bytes: RawSpan) -> Step {
        let wanted = remaining ?? 0
        let count = min(wanted, bytes.byteCount)
        remaining = wanted - count
        isComplete = count == wanted
        return Step(data: count)
    }
}
