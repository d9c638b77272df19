import Runtime
import Postgres

/// An address for mail in the one spelling under which it is kept: without spaces around it, in lower case.
package struct EmailAddress: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) { self.init(rawValue) }

    /// Nil for what cannot be an address of the internet. Domains of other scripts are wanted in their ASCII form.
    package init?(_ text: some StringProtocol) {
        let text = String(text).trimmed.lowercased()
        guard text.utf8.count <= 254, let at = text.lastIndex(of: "@"),
            Self.isLocal(text[..<at]), Self.isDomain(text[text.index(after: at)...])
        else { return nil }
        rawValue = text
    }

    package var description: String { rawValue }

    private static func isLocal(_ part: Substring) -> Bool {
        guard (1...64).contains(part.utf8.count), !part.hasPrefix("."), !part.hasSuffix("."), !part.contains("..")
        else {
            return false
        }
        return part.utf8.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+/=?^_`{|}~-.".utf8.contains($0) }
    }

    private static func isDomain(_ part: Substring) -> Bool {
        let labels = part.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.last?.utf8.contains(where: { !$0.isDigit }) == true else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
        }
    }
}

extension EmailAddress: SQLEncodable, SQLDecodable {}
