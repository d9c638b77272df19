import Crypto
import Runtime

/// What failures have in common: the kind of job, the type of the error, and the shape of its text.
package enum Fingerprint {
    /// 16 hexadecimal digits.
    package static func of(kind: String, errorType: String, message: String) -> String {
        Hex.encode(Array(Hash.sha256("\(kind)\u{0}\(errorType)\u{0}\(shape(of: message))")[..<8]))
    }

    /// The text without what differs from case to case: words with digits in them (numbers, ids, times) and what stands
    /// in quotes.
    package static func shape(of message: String) -> String {
        var shape = ""
        var rest = Substring(message)
        var last: Character = " "
        while let first = rest.first {
            if isQuote(first, after: last), let end = rest.dropFirst().prefix(200).firstIndex(of: first) {
                shape += "\"…\""
                rest = rest[rest.index(after: end)...]
            } else if isWord(first) {
                let word = rest.prefix(while: isWord)
                shape += word.contains(where: \.isNumber) ? "#" : word.lowercased()
                rest = rest[word.endIndex...]
            } else {
                shape.append(first)
                rest = rest.dropFirst()
            }
            last = first
        }
        return shape
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "-"
    }

    /// An apostrophe within a word is no quote.
    private static func isQuote(_ character: Character, after last: Character) -> Bool {
        switch character {
        case "\"", "`": true
        case "'": !isWord(last)
        default: false
        }
    }
}
