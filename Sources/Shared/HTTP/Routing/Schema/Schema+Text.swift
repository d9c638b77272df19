import JSON
import Runtime

extension Schema where Value == String {
    /// Text of so many characters (Unicode scalars), without NUL, which PostgreSQL cannot hold.
    public static func text(_ length: ClosedRange<Int>) -> Schema {
        .string(.string(length, pattern: Alphabet.withoutNUL), placeholder: "") { text throws(Unfit) in
            try checkLength(text, length)
            guard !text.utf8.contains(0) else { throw Unfit(.badFormat, "must not hold NUL characters") }
            return String(text)
        }
    }

    /// Text of these characters only.
    public static func text(_ length: ClosedRange<Int>, of alphabet: Alphabet) -> Schema {
        .string(.string(length, pattern: alphabet.pattern), placeholder: "") { text throws(Unfit) in
            try checkLength(text, length)
            guard text.utf8.allSatisfy(alphabet.contains) else {
                throw Unfit(.badFormat, "may only hold \(alphabet.description)")
            }
            return String(text)
        }
    }

    public static let email = Schema.string(
        .string(3...254, format: "email"), placeholder: ""
    ) { text throws(Unfit) in
        guard text.utf8.count <= 254 else { throw Unfit(.tooLong, "at most 254 characters") }
        guard isEmailAddress(text) else { throw Unfit(.badFormat, "not an email address") }
        return String(text)
    }
}

extension Schema where Value == Secret {
    /// A password or a key: never shown in logs.
    public static func secret(_ length: ClosedRange<Int>) -> Schema {
        var document = JSONSchema.string(length, format: "password")
        document.isWriteOnly = true
        return .string(document, placeholder: Secret("")) { text throws(Unfit) in
            try checkLength(text, length)
            return Secret(String(text))
        }
    }
}

/// A set of ASCII characters.
public struct Alphabet: Sendable {
    /// Ranges as a regular expression has them between brackets: `a-z0-9_`.
    private let ranges: String
    private let members: InlineArray<4, UInt64>
    let description: String

    /// `description` completes “may only hold …”.
    public init(_ members: ClosedRange<Unicode.Scalar>..., and others: String = "", description: String) {
        var bits = InlineArray<4, UInt64>(repeating: 0)
        for byte in UInt8(0)...127
        where members.contains(where: { $0.contains(Unicode.Scalar(byte)) }) || others.utf8.contains(byte) {
            bits[Int(byte) / 64] |= 1 << UInt64(byte % 64)
        }
        self.members = bits
        let escaped = others.map { "\\]^-".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        ranges = members.map { "\($0.lowerBound)-\($0.upperBound)" }.joined() + escaped
        self.description = description
    }

    @Sendable func contains(_ byte: UInt8) -> Bool { members[Int(byte) / 64] & 1 << UInt64(byte % 64) != 0 }

    var pattern: String { "^[\(ranges)]*$" }

    static let withoutNUL = "^[^\\u0000]*$"
    /// What stands in tokens and opaque ids: base64url and dots.
    public static let token = Alphabet(
        "A"..."Z", "a"..."z", "0"..."9", and: "-_.~", description: "letters, digits, '-', '_', '.' and '~'")
}

private func checkLength(_ text: Substring, _ length: ClosedRange<Int>) throws(Unfit) {
    // A scalar has 1 to 4 bytes, so counting them all is rarely needed.
    let bytes = text.utf8.count
    if bytes <= length.upperBound, bytes >= length.lowerBound * 4 { return }
    let count = text.unicodeScalars.count
    guard count >= length.lowerBound else {
        throw Unfit(
            .tooShort, length.lowerBound == 1 ? "must not be empty" : "at least \(length.lowerBound) characters")
    }
    guard count <= length.upperBound else { throw Unfit(.tooLong, "at most \(length.upperBound) characters") }
}

/// One `@`, a local part of RFC 5321's plain form, and a domain of labels. Whether it exists, only a mail can tell.
private func isEmailAddress(_ text: Substring) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), parts[1].count <= 253 else { return false }
    let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomCharacter) }
        && labels.count >= 2
        && labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func isAtomCharacter(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) || byte >= 0x80
}
