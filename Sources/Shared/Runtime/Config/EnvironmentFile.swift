/// A `.env` file: `NAME=value` per line, `#` comments, an optional `export`, values bare or in quotes.
///
/// 'single quotes' keep everything as it is; "double quotes" know \n \r \t \" \\ \$; both may span lines. Nothing is
/// expanded. Of two equal names the later one counts.
public struct EnvironmentFile: Sendable {
    public struct Entry: Sendable, Hashable {
        public let value: String
        public let line: Int
    }

    /// A line that could not be understood.
    public struct Fault: Error, Hashable {
        public let line: Int
        public let problem: String
    }

    public private(set) var entries: [String: Entry] = [:]
    public private(set) var faults: [Fault] = []

    public init(_ text: String) {
        var scanner = LineScanner(text)
        while let line = scanner.nextLine() {
            do throws(Fault) {
                guard let (name, value) = try scanner.assignment(in: line) else { continue }
                entries[name] = Entry(value: value, line: line.number)
            } catch {
                faults.append(error)
            }
        }
    }
}

/// Walks the lines; a quoted value takes in further ones.
private struct LineScanner {
    struct Line {
        let text: Substring
        let number: Int
    }

    private var lines: ArraySlice<Substring>
    private var number = 0

    init(_ text: String) {
        let unmarked = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        lines = unmarked.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }[...]
    }

    mutating func nextLine() -> Line? {
        guard let text = lines.popFirst() else { return nil }
        number += 1
        return Line(text: text, number: number)
    }

    mutating func assignment(in line: Line) throws(EnvironmentFile.Fault) -> (String, String)? {
        var rest = line.text.trimmed
        if rest.isEmpty || rest.first == "#" { return nil }
        if rest.hasPrefix("export ") || rest.hasPrefix("export\t") { rest = rest.dropFirst(7).trimmed }
        guard let equals = rest.firstIndex(of: "=") else {
            throw EnvironmentFile.Fault(line: line.number, problem: "there is no \"=\"")
        }
        let name = rest[..<equals].trimmed
        guard name.isVariableName else {
            throw EnvironmentFile.Fault(line: line.number, problem: "\"\(name)\" is not a name of a variable")
        }
        let value = rest[rest.index(after: equals)...].trimmed
        return (String(name), try self.value(of: value, from: line.number))
    }

    private mutating func value(of text: Substring, from start: Int) throws(EnvironmentFile.Fault) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return text.withoutComment }
        var body = text.dropFirst()
        var value = ""
        while true {
            if let end = body.appendQuoted(until: quote, to: &value) {
                let rest = body[end...].trimmed
                if rest.isEmpty || rest.first == "#" { return value }
                throw EnvironmentFile.Fault(line: number, problem: "there is text after the closing quote")
            }
            guard let next = nextLine() else {
                throw EnvironmentFile.Fault(line: start, problem: "the quote is never closed")
            }
            value += "\n"
            body = next.text
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }

    fileprivate var isVariableName: Bool {
        guard let first, first.isASCII, first.isLetter || first == "_" else { return false }
        return allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    /// A bare value ends where a comment begins: at a `#` after a space.
    fileprivate var withoutComment: String {
        var afterSpace = true
        for position in indices {
            if self[position] == "#" && afterSpace { return String(self[..<position].trimmed) }
            afterSpace = self[position].isWhitespace
        }
        return String(self)
    }

    /// Appends up to the closing quote and answers where it ends; nil when this line does not close it.
    fileprivate func appendQuoted(until quote: Character, to value: inout String) -> Index? {
        var position = startIndex
        while position < endIndex {
            let character = self[position]
            position = index(after: position)
            if character == quote { return position }
            if character == "\\" && quote == "\"" && position < endIndex {
                value += Self.unescaped(self[position])
                position = index(after: position)
            } else {
                value.append(character)
            }
        }
        return nil
    }

    private static func unescaped(_ character: Character) -> String {
        switch character {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "\"", "\\", "$": String(character)
        default: "\\" + String(character)
        }
    }
}
