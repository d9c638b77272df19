/// Text as a terminal shows it: how wide it is, cut to a width, and without what would drive the terminal.
extension String {
    /// Columns that the text takes.
    var columns: Int { reduce(0) { $0 + $1.columns } }

    /// The same on one line, with what does not print made visible: names and errors come from anywhere.
    var printable: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x0A: text += "⏎"
            case 0x09: text += " "
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: text += "·"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The beginning, with a mark where something was cut off.
    func cut(toColumns width: Int) -> String {
        guard columns > width else { return self }
        var text = ""
        var used = 0
        for character in self {
            guard used + character.columns <= width - 1 else { break }
            text.append(character)
            used += character.columns
        }
        return width > 0 ? text + "…" : ""
    }

    /// As lines of at most so many columns, broken between words; a word that is longer has a line to itself.
    func wrapped(toColumns width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.columns + 1 + String(word).columns > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        return lines + [line]
    }

    func padded(toColumns width: Int, atEnd: Bool = true) -> String {
        let gap = String(repeating: " ", count: max(0, width - columns))
        return atEnd ? self + gap : gap + self
    }
}

extension Character {
    /// 2 for the scripts and pictures that take two cells.
    var columns: Int {
        guard let scalar = unicodeScalars.first else { return 0 }
        return switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
