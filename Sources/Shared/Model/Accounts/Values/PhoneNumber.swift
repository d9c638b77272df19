/// A telephone number as E.164 has it: a plus and 8 to 15 digits.
package struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Takes what people put between the digits.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.filter { !" -().\u{A0}".utf8.contains($0) }
        guard digits.first == UInt8(ascii: "+"), (9...16).contains(digits.count), digits[1] != UInt8(ascii: "0"),
            digits.dropFirst().allSatisfy(\.isDigit)
        else { return nil }
        self.text = String(decoding: digits, as: UTF8.self)
    }

    /// The last three digits alone: numbers are shown to nobody in full.
    package var masked: String { String(repeating: "•", count: text.count - 3) + text.suffix(3) }

    package var description: String { masked }
}
