/// Blanks out comments and string literals, so that a rule sees code alone. Code inside `\( )` counts as string.
struct CodeOnly {
    private enum Place {
        case code
        case lineComment
        case blockComment(depth: Int)
        case string(quotes: Int, hashes: Int)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let hash = UInt8(ascii: "#")
    private static let newline = UInt8(ascii: "\n")

    private let text: [UInt8]
    private var place = Place.code
    private var result: [UInt8] = []

    static func of(_ text: String) -> String {
        var scan = CodeOnly(text: Array(text.utf8))
        scan.run()
        return String(decoding: scan.result, as: UTF8.self)
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private mutating func run() {
        var index = 0
        while index < text.count {
            let wasCode = isCode
            let end = min(index + step(at: index), text.count)
            while index < end {
                let kept = wasCode && isCode || text[index] == Self.newline
                result.append(kept ? text[index] : UInt8(ascii: " "))
                index += 1
            }
        }
    }

    private var isCode: Bool {
        if case .code = place { true } else { false }
    }

    /// Moves to the place in which the next bytes stand, and says how many they are.
    private mutating func step(at index: Int) -> Int {
        switch place {
        case .code: codeStep(at: index)
        case .lineComment: lineCommentStep(at: index)
        case .blockComment(let depth): blockCommentStep(at: index, depth)
        case .string(let quotes, let hashes): stringStep(at: index, quotes, hashes)
        }
    }

    private mutating func codeStep(at index: Int) -> Int {
        if begins("//", index) { return enter(.lineComment, 2) }
        if begins("/*", index) { return enter(.blockComment(depth: 1), 2) }
        let hashes = count(of: Self.hash, from: index)
        let quotes = count(of: Self.quote, from: index + hashes)
        guard quotes > 0 else { return max(1, hashes) }
        let opening = quotes >= 3 ? 3 : 1
        return enter(.string(quotes: opening, hashes: hashes), hashes + opening)
    }

    private mutating func lineCommentStep(at index: Int) -> Int {
        if text[index] == Self.newline { place = .code }
        return 1
    }

    private mutating func blockCommentStep(at index: Int, _ depth: Int) -> Int {
        if begins("/*", index) { return enter(.blockComment(depth: depth + 1), 2) }
        guard begins("*/", index) else { return 1 }
        return enter(depth == 1 ? .code : .blockComment(depth: depth - 1), 2)
    }

    private mutating func stringStep(at index: Int, _ quotes: Int, _ hashes: Int) -> Int {
        if text[index] == UInt8(ascii: "\\") && hashes == 0 { return 2 }
        if count(of: Self.quote, from: index) >= quotes, count(of: Self.hash, from: index + quotes) >= hashes {
            return enter(.code, quotes + hashes)
        }
        // A literal that is not closed on its line is no literal of one line: we have misread, so start afresh.
        if text[index] == Self.newline && quotes == 1 { place = .code }
        return 1
    }

    private func begins(_ mark: StaticString, _ index: Int) -> Bool {
        guard index + 1 < text.count else { return false }
        return text[index] == mark.utf8Start[0] && text[index + 1] == mark.utf8Start[1]
    }

    private func count(of byte: UInt8, from index: Int) -> Int {
        var end = index
        while end < text.count && text[end] == byte { end += 1 }
        return end - index
    }

    private mutating func enter(_ place: Place, _ length: Int) -> Int {
        self.place = place
        return length
    }
}
