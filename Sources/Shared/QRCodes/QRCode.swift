import CQRencode

/// A QR code: black and white squares in rows.
public struct QRCode: Sendable {
    /// Squares on each side.
    public let width: Int
    /// Row by row.
    private let isBlack: [Bool]
    /// White squares that readers need around it.
    private static let margin = 4

    /// In byte mode, with error correction of level M. Nil for what is too long.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        isBlack = (0..<width * width).map { code.pointee.data[$0] & 1 == 1 }
    }

    /// Whether a square of the picture, its margin included, is black.
    private func isBlack(_ row: Int, _ column: Int) -> Bool {
        let (row, column) = (row - Self.margin, column - Self.margin)
        guard (0..<width).contains(row), (0..<width).contains(column) else { return false }
        return isBlack[row * width + column]
    }

    private var side: Int { width + Self.margin * 2 }

    /// A drawing: a path of the black squares, each row's runs as one piece.
    public var svg: String {
        var path = ""
        for row in 0..<side {
            var column = 0
            while column < side {
                guard isBlack(row, column) else {
                    column += 1
                    continue
                }
                let start = column
                while isBlack(row, column) { column += 1 }
                path += "M\(start) \(row)h\(column - start)v1H\(start)z"
            }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(side)v\(side)H0z"/><path d="\(path)"/></svg>
            """
    }

    /// For terminals: two rows to a line. Drawn dark on light, so it is turned around where the ground is dark.
    public var text: String {
        var text = ""
        for row in stride(from: 0, to: side, by: 2) {
            for column in 0..<side {
                switch (isBlack(row, column), isBlack(row + 1, column)) {
                case (true, true): text += " "
                case (true, false): text += "\u{2584}"
                case (false, true): text += "\u{2580}"
                case (false, false): text += "\u{2588}"
                }
            }
            text += "\n"
        }
        return text
    }

    /// A picture with so many dots for each square.
    public func png(scale: Int = 8) -> [UInt8] {
        let size = side * scale
        let stride = (size + 7) / 8
        var lines: [UInt8] = []
        lines.reserveCapacity((stride + 1) * size)
        for row in 0..<side {
            var line = [UInt8](repeating: 0xFF, count: stride)
            for dot in 0..<size where isBlack(row, dot / scale) { line[dot / 8] &= ~(0x80 >> UInt8(dot % 8)) }
            // No filter.
            for _ in 0..<scale { lines += [0] + line }
        }
        return PNG.grey(width: size, height: size, lines)
    }
}
