import Postgres

/// The name by which others find a person: 3 to 30 letters, digits, dots and underscores, in lower case.
package struct Username: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) { self.init(rawValue) }

    package init?(_ text: some StringProtocol) {
        let text = String(text).trimmed.lowercased()
        guard (3...30).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last,
            first.isLetterOrDigit, last.isLetterOrDigit,
            text.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") }),
            !Self.reserved.contains(text)
        else { return nil }
        rawValue = text
    }

    package var description: String { rawValue }

    /// What would pass for the operators, or for a word of an address such as `/users/me`.
    private static let reserved: Set<String> = [
        "admin", "administrator", "api", "help", "info", "me", "moderator", "null", "official", "root", "security",
        "staff", "support", "switchyard", "system", "undefined",
    ]
}

extension Username: SQLEncodable, SQLDecodable {}
