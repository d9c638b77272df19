/// Where a field lies in the head it belongs to. Heads end before 64 KiB.
struct FieldSlice {
    let nameStart: UInt16
    let nameLength: UInt16
    let valueStart: UInt16
    let valueLength: UInt16

    init(name: Range<Int>, value: Range<Int>) {
        nameStart = UInt16(name.lowerBound)
        nameLength = UInt16(name.count)
        valueStart = UInt16(value.lowerBound)
        valueLength = UInt16(value.count)
    }

    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameLength) }
    var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueLength) }
}

/// How the end of a body is known.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
}

/// What the server itself has to know of a head; the rest is looked up where it is asked for.
struct ParsedHead {
    var method = HTTPMethod.get
    /// Empty when the target was an absolute one without a path.
    var path = 0..<0
    var query: Range<Int>?
    /// The host of an absolute target.
    var authority: Range<Int>?
    /// All of it, with the empty line.
    var length = 0
    var isVersion11 = true
    var framing = BodyFraming.none
    var keepsAlive = true
    var expectsContinue = false
    /// Whether a field begins with `If-`.
    var isConditional = false
}
