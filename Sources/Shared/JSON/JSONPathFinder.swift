import Runtime

/// Tells which value a byte belongs to, by walking the document from its start: so paths cost nothing until needed.
struct JSONPathFinder {
    enum Step {
        /// A member's key between its quotes; nil before the first key and after a comma.
        case member(Range<Int>?)
        case element(Int)
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private(set) var steps: [Step] = []

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Walks on to `offset`, the first byte of a value. Everything before it must be valid.
    mutating func advance(to offset: Int) {
        let end = min(offset, bytes.count)
        while position < end {
            switch bytes[position] {
            case UInt8(ascii: "{"): steps.append(.member(nil))
            case UInt8(ascii: "["): steps.append(.element(0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = steps.popLast()
            case UInt8(ascii: ","): passComma()
            case UInt8(ascii: "\""): passString()
            default: break
            }
            position += 1
        }
    }

    private mutating func passComma() {
        switch steps.popLast() {
        case .element(let index): steps.append(.element(index + 1))
        case .member: steps.append(.member(nil))
        case nil: break
        }
    }

    /// Leaves `position` at the closing quote.
    private mutating func passString() {
        let start = position + 1
        position = start
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        if case .member(nil) = steps.last {
            steps[steps.count - 1] = .member(start..<min(position, bytes.count))
        }
    }

    /// The steps as keys and indices.
    var elements: [JSONPathElement] {
        steps.compactMap { step in
            switch step {
            case .element(let index): .index(index)
            case .member(let range?): .key(JSONText.decoded(UnsafeRawBufferPointer(rebasing: bytes[range])))
            case .member(nil): nil
            }
        }
    }
}

/// One step of a path: into an object or an array.
enum JSONPathElement {
    case key(String)
    case index(Int)

    /// The longest part of a key that a path shows: the key is the sender's, and may be huge.
    private static let shownKey = 64

    static func path(_ elements: [JSONPathElement]) -> String {
        var path = ""
        for element in elements {
            switch element {
            case .index(let index): path += "[\(index)]"
            case .key(let key) where isPlain(key): path += path.isEmpty ? key : ".\(key)"
            case .key(let key): path += "[\(quoted(key))]"
            }
        }
        return path
    }

    private static func isPlain(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= shownKey
            && key.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "$")
                    || hexValue(byte) != nil || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            }
    }

    private static func quoted(_ key: String) -> String {
        let shown = key.unicodeScalars.prefix(shownKey)
        return shown.count < key.unicodeScalars.count
            ? String(shown).debugDescription + "…" : String(shown).debugDescription
    }
}

extension [JSONFault] {
    /// The faults with their paths, in the document's order. A broken document hides all else that was noted.
    func problems(in bytes: UnsafeRawBufferPointer) -> [JSONProblem] {
        if let broken = first(where: { $0.code.isMalformed }), count > 1 { return [broken].problems(in: bytes) }
        var finder = JSONPathFinder(bytes)
        var problems: [JSONProblem] = []
        for fault in sorted(by: { $0.offset < $1.offset }) {
            finder.advance(to: fault.offset)
            let path = JSONPathElement.path(finder.elements + fault.below)
            problems.append(JSONProblem(path: path, code: fault.code, message: fault.message))
        }
        return problems.withoutMissingThatAreWrong()
    }
}

extension [JSONProblem] {
    /// A member that was there but unusable is not missing too.
    fileprivate func withoutMissingThatAreWrong() -> [JSONProblem] {
        let wrong = filter { $0.code != .missing }.map(\.path)
        return filter { problem in
            problem.code != .missing
                || !wrong.contains { path in
                    path == problem.path || path.hasPrefix(problem.path + ".") || path.hasPrefix(problem.path + "[")
                }
        }
    }
}
