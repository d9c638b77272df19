/// Blanks out comments and string literals, so that a rule sees code alone. Code inside `\( )` counts as string.
struct CodeOnly {
    private enum Place {
        case code
        case lineComment
        case blockComment(depth: Int)
        case string(closing: [Character])
    }

    private let text: [Character]
    private var place = Place.code
    private var result: [Character] = []

    static func of(_ text: String) -> String {
        var scan = CodeOnly(text: Array(text))
        scan.run()
        return String(scan.result)
    }

    private init(text: [Character]) {
        self.text = text
    }

    private mutating func run() {
        var index = 0
        while index < text.count {
            let wasCode = isCode
            let length = step(at: index)
            for character in text[index..<min(index + length, text.count)] {
                result.append(wasCode && isCode || character == "\n" ? character : " ")
            }
            index += length
        }
    }

    private var isCode: Bool {
        if case .code = place { true } else { false }
    }

    /// Moves to the place in which the next characters stand, and says how many they are.
    private mutating func step(at index: Int) -> Int {
        switch place {
        case .code: codeStep(at: index)
        case .lineComment: lineCommentStep(at: index)
        case .blockComment(let depth): blockCommentStep(at: index, depth)
        case .string(let closing): stringStep(at: index, closing)
        }
    }

    private mutating func codeStep(at index: Int) -> Int {
        if begins("//", index) { return enter(.lineComment, 2) }
        if begins("/*", index) { return enter(.blockComment(depth: 1), 2) }
        let hashes = text[index...].prefix { $0 == "#" }
        let quotes = text[(index + hashes.count)...].prefix { $0 == "\"" }.count
        guard quotes > 0 else { return max(1, hashes.count) }
        let opening = quotes >= 3 ? 3 : 1
        let closing = Array(repeating: Character("\""), count: opening) + hashes
        return enter(.string(closing: closing), hashes.count + opening)
    }

    private mutating func lineCommentStep(at index: Int) -> Int {
        if text[index] == "\n" { place = .code }
        return 1
    }

    private mutating func blockCommentStep(at index: Int, _ depth: Int) -> Int {
        if begins("/*", index) { return enter(.blockComment(depth: depth + 1), 2) }
        guard begins("*/", index) else { return 1 }
        return enter(depth == 1 ? .code : .blockComment(depth: depth - 1), 2)
    }

    private mutating func stringStep(at index: Int, _ closing: [Character]) -> Int {
        let hashes = closing.filter { $0 == "#" }.count
        if text[index] == "\\" && hashes == 0 { return 2 }
        if text[index...].starts(with: closing) { return enter(.code, closing.count) }
        // A literal that is not closed on its line is no literal of one line: we have misread, so start afresh.
        if text[index] == "\n" && closing.count - hashes == 1 { place = .code }
        return 1
    }

    private func begins(_ mark: String, _ index: Int) -> Bool {
        text[index...].starts(with: mark)
    }

    private mutating func enter(_ place: Place, _ length: Int) -> Int {
        self.place = place
        return length
    }
}
