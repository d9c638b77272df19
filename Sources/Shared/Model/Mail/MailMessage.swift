import Crypto
import HTTP
import Runtime

/// A letter as RFC 5322 and its kin write it: text and HTML, whatever the language.
struct MailMessage {
    /// Whom it is from: a name, and an address.
    struct Sender: Sendable, Equatable {
        let name: String
        let address: String

        /// `Name <address>`, or an address alone.
        init?(_ text: String) {
            guard let address = EmailAddress(MailboxText.address(in: text)) else { return nil }
            self.address = address.rawValue
            let name = text.prefix { $0 != "<" }.trimmed
            self.name = text.contains("<") ? String(name.filter { $0 != "\"" }) : ""
        }

        var domain: String { String(address.split(separator: "@").last ?? "localhost") }
    }

    private let head: [(name: String, value: String)]
    private let boundary: String
    private let letter: Letter

    init(_ letter: Letter, from sender: Sender, id: String, at now: Timestamp) {
        self.letter = letter
        // Of the id alone, so that the same letter is the same message.
        boundary = "=_" + Hash.sha256(id)[..<15].map { String($0, radix: 16) }.joined()
        var head = [
            ("From", sender.name.isEmpty ? sender.address : "\(Self.phrase(sender.name)) <\(sender.address)>"),
            ("To", letter.to.rawValue),
            ("Subject", Self.words(letter.subject, after: 9)),
            ("Date", Self.date(now)),
            ("Message-ID", "<\(id)@\(sender.domain)>"),
            ("MIME-Version", "1.0"),
            ("Auto-Submitted", "auto-generated"),
            (
                "Content-Type",
                letter.enclosure == nil
                    ? "multipart/alternative;\r\n boundary=\"\(boundary)\""
                    : "multipart/mixed;\r\n boundary=\"\(boundary)_\""
            ),
        ]
        if let link = letter.unsubscribe {
            head.append(("List-Unsubscribe", "<\(link)>"))
            head.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        }
        self.head = head
    }

    var bytes: [UInt8] {
        var bytes = Array(head.map { "\($0.name): \($0.value)\r\n" }.joined().utf8)
        if letter.enclosure != nil {
            bytes += "\r\n--\(boundary)_\r\n".utf8
            bytes += "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n".utf8
        }
        bytes += "\r\n--\(boundary)\r\n".utf8
        Self.append("text/plain", letter.text, to: &bytes)
        bytes += "--\(boundary)\r\n".utf8
        Self.append("text/html", letter.html, to: &bytes)
        bytes += "--\(boundary)--\r\n".utf8
        if let file = letter.enclosure {
            bytes += "--\(boundary)_\r\n".utf8
            bytes += "Content-Disposition: attachment; filename=\"\(file.name)\"\r\n".utf8
            Self.append(file.type, file.bytes, to: &bytes)
            bytes += "--\(boundary)_--\r\n".utf8
        }
        return bytes
    }

    // MARK: The head

    private static func date(_ now: Timestamp) -> String { HTTPDate.text(now).replacing("GMT", with: "+0000") }

    /// A name, which would need quotes unless it is of letters and spaces.
    private static func phrase(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: " ") }
        return isPlain ? text : words(text, after: 6, always: true)
    }

    /// RFC 2047: words of at most 75 characters, none of which splits a character; each on a line of its own.
    static func words(_ text: String, after column: Int, always: Bool = false) -> String {
        let line = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
        let isPlain = line.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !line.contains("=?")
        if isPlain, !always, line.utf8.count + column <= 78 { return line }
        var words: [String] = []
        var bytes: [UInt8] = []
        for character in line {
            let more = Array(character.utf8)
            // 45 bytes are 60 characters of Base64.
            if bytes.count + more.count > 42, !bytes.isEmpty {
                words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
                bytes = []
            }
            bytes += more
        }
        words.append("=?UTF-8?B?\(Base64.encode(bytes))?=")
        return words.joined(separator: "\r\n ")
    }

    // MARK: The parts

    /// Whatever is in it, no line is longer than 76 characters.
    private static func append(_ type: String, _ text: String, to bytes: inout [UInt8]) {
        append("\(type); charset=utf-8", Array(text.utf8), to: &bytes)
    }

    private static func append(_ type: String, _ content: [UInt8], to bytes: inout [UInt8]) {
        bytes += "Content-Type: \(type)\r\nContent-Transfer-Encoding: base64\r\n\r\n".utf8
        let encoded = Array(Base64.encode(content).utf8)
        for start in stride(from: 0, to: encoded.count, by: 76) {
            bytes += encoded[start..<min(start + 76, encoded.count)]
            bytes += "\r\n".utf8
        }
    }
}
