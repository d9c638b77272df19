/// A page of text and lines as a PDF: version 1.4, with two of the fonts that every reader has.
struct PDFPage {
    enum Font: String { case regular = "F1", bold = "F2" }

    /// A4, in points, from the lower left corner.
    static let width = 595, height = 842
    private var content: [UInt8] = []
    /// Whether some text is written in other letters than it was given.
    private(set) var isTransliterated = false

    mutating func text(_ text: String, at x: Int, _ y: Int, size: Int = 10, _ font: Font = .regular) {
        let latin = LatinText(text)
        if latin.isChanged { isTransliterated = true }
        add("BT /\(font.rawValue) \(size) Tf \(x) \(y) Td (")
        content += Self.escaped(latin.bytes)
        add(") Tj ET\n")
    }

    /// Ends at `x`.
    mutating func text(_ text: String, endingAt x: Int, _ y: Int, size: Int = 10, _ font: Font = .regular) {
        let width = LatinText(text).bytes.reduce(0) { $0 + Self.width(of: $1) } * size / 1000
        self.text(text, at: x - width, y, size: size, font)
    }

    mutating func line(from x: Int, to end: Int, at y: Int) { add("0.5 w \(x) \(y) m \(end) \(y) l S\n") }

    private mutating func add(_ text: String) { content += Array(text.utf8) }

    /// The whole file.
    func file(title: String) -> [UInt8] {
        var file = Array("%PDF-1.4\n%\u{E2}\u{E3}\n".utf8)
        var offsets: [Int] = []
        func object(_ body: [UInt8]) {
            offsets.append(file.count)
            file += Array("\(offsets.count) 0 obj\n".utf8) + body + Array("\nendobj\n".utf8)
        }
        object(Array("<< /Type /Catalog /Pages 2 0 R >>".utf8))
        object(Array("<< /Type /Pages /Kids [3 0 R] /Count 1 >>".utf8))
        let fonts = "<< /F1 4 0 R /F2 5 0 R >>"
        object(
            Array(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 \(Self.width) \(Self.height)] /Contents 6 0 R /Resources << /Font \(fonts) >> >>"
                    .utf8))
        for name in ["Helvetica", "Helvetica-Bold"] {
            object(Array("<< /Type /Font /Subtype /Type1 /BaseFont /\(name) /Encoding /WinAnsiEncoding >>".utf8))
        }
        object(Array("<< /Length \(content.count) >>\nstream\n".utf8) + content + Array("endstream".utf8))
        object(
            Array("<< /Title (".utf8) + Self.escaped(LatinText(title).bytes) + Array(") /Producer (Switchyard) >>".utf8)
        )
        let start = file.count
        file += Array("xref\n0 \(offsets.count + 1)\n0000000000 65535 f \n".utf8)
        for offset in offsets {
            let digits = "\(offset)"
            file += Array((String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n").utf8)
        }
        file += Array(
            "trailer\n<< /Size \(offsets.count + 1) /Root 1 0 R /Info 7 0 R >>\nstartxref\n\(start)\n%%EOF\n".utf8)
        return file
    }

    private static func escaped(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { byte in
            [UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\")].contains(byte)
                ? [UInt8(ascii: "\\"), byte] : [byte]
        }
    }

    /// Of Helvetica, in thousandths: digits, points and spaces exactly, which is what columns of amounts are made of.
    private static func width(of byte: UInt8) -> Int {
        switch byte {
        case 0x30...0x39: 556
        case 0x20, 0x2C, 0x2E, 0x2F, 0x3A: 278
        case 0x2D: 333
        case 0x25: 889
        case 0x41...0x5A: 690
        default: 530
        }
    }
}
