/// Text in the letters that every PDF reader has a font for (Windows-1252). Names in scripts of India are written as they
/// sound; of other letters the number is shown, so that nobody takes the text for another one.
struct LatinText: Sendable, Equatable {
    let bytes: [UInt8]
    /// Whether it is written otherwise than it was given.
    let isChanged: Bool

    init(_ text: String) {
        var writer = LatinWriter()
        for scalar in text.unicodeScalars { writer.write(scalar) }
        writer.endConsonant()
        bytes = writer.bytes
        isChanged = writer.isChanged
    }
}

/// Writes letter by letter.
private struct LatinWriter {
    private(set) var bytes: [UInt8] = []
    private(set) var isChanged = false
    /// After a consonant of India: an `a` is heard unless something else follows.
    private var owesVowel = false

    mutating func write(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0xFF: add(UInt8(scalar.value))
        case 0x2013: add(0x96)
        case 0x2014: add(0x97)
        case 0x2018: add(0x91)
        case 0x2019: add(0x92)
        case 0x201C: add(0x93)
        case 0x201D: add(0x94)
        case 0x2022: add(0x95)
        case 0x20AC: add(0x80)
        case 0x09, 0x0A, 0x0D, 0x2000...0x200A, 0x202F: add(UInt8(ascii: " "))
        // Joiners say how letters are drawn, not which they are.
        case 0x200B...0x200D, 0xFEFF: break
        case 0x0900...0x0D7F: writeIndian(Int(scalar.value - 0x0900) % 0x80, scalar)
        default:
            if let plain = Self.plain[scalar] { add(plain) } else { addNumber(scalar) }
        }
    }

    mutating func endConsonant() {
        if owesVowel { bytes.append(UInt8(ascii: "a")) }
        owesVowel = false
    }

    private mutating func add(_ byte: UInt8) {
        endConsonant()
        bytes.append(byte)
    }

    private mutating func add(_ text: String) {
        endConsonant()
        isChanged = true
        bytes += Array(text.utf8)
    }

    private mutating func addNumber(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        add("[U+" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits + "]")
    }

    /// The blocks of nine scripts lie behind each other, and the same letter has the same place in each.
    private mutating func writeIndian(_ place: Int, _ scalar: Unicode.Scalar) {
        switch place {
        case 0x3C: isChanged = true
        // No vowel after this consonant.
        case 0x4D: (owesVowel, isChanged) = (false, true)
        case 0x3E...0x4C, 0x62...0x63:
            guard let vowel = Self.signs[place] else { return addNumber(scalar) }
            (owesVowel, isChanged) = (false, true)
            bytes += Array(vowel.utf8)
        default:
            guard let letter = Self.letters[place] else { return addNumber(scalar) }
            add(letter)
            owesVowel = (0x15...0x39).contains(place) || (0x58...0x5F).contains(place)
        }
    }

    private static let signs: [Int: String] = [
        0x3E: "a", 0x3F: "i", 0x40: "i", 0x41: "u", 0x42: "u", 0x43: "ri", 0x44: "ri", 0x45: "e", 0x46: "e", 0x47: "e",
        0x48: "ai", 0x49: "o", 0x4A: "o", 0x4B: "o", 0x4C: "au", 0x62: "li", 0x63: "li",
    ]

    private static let letters: [Int: String] = {
        var letters: [Int: String] = [
            0x01: "n", 0x02: "n", 0x03: "h", 0x3D: "'", 0x50: "om", 0x64: ".", 0x65: ".", 0x70: ".", 0x60: "ri",
            0x61: "li",
        ]
        let vowels = ["a", "a", "i", "i", "u", "u", "ri", "li", "e", "e", "e", "ai", "o", "o", "o", "au"]
        for (index, vowel) in vowels.enumerated() { letters[0x05 + index] = vowel }
        let consonants = [
            "k", "kh", "g", "gh", "ng", "ch", "chh", "j", "jh", "ny", "t", "th", "d", "dh", "n", "t", "th", "d", "dh",
            "n",
            "n", "p", "ph", "b", "bh", "m", "y", "r", "r", "l", "l", "zh", "v", "sh", "sh", "s", "h",
        ]
        for (index, consonant) in consonants.enumerated() { letters[0x15 + index] = consonant }
        let others = ["q", "kh", "g", "z", "r", "rh", "f", "y"]
        for (index, consonant) in others.enumerated() { letters[0x58 + index] = consonant }
        for digit in 0...9 { letters[0x66 + digit] = "\(digit)" }
        return letters
    }()

    /// Letters of Latin with marks that the fonts have not, by the letter below the mark.
    private static let plain: [Unicode.Scalar: String] = {
        let rows = [
            "A": "ĀĂĄǍ", "a": "āăąǎ", "C": "ĆĈĊČ", "c": "ćĉċč", "D": "ĎĐ", "d": "ďđ", "E": "ĒĔĖĘĚ", "e": "ēĕėęě",
            "G": "ĜĞĠĢ", "g": "ĝğġģ", "H": "ĤĦ", "h": "ĥħ", "I": "ĨĪĬĮİ", "i": "ĩīĭįı", "J": "Ĵ", "j": "ĵ", "K": "Ķ",
            "k": "ķ", "L": "ĹĻĽĿŁ", "l": "ĺļľŀł", "N": "ŃŅŇ", "n": "ńņň", "O": "ŌŎŐ", "o": "ōŏő", "R": "ŔŖŘ",
            "r": "ŕŗř",
            "S": "ŚŜŞŠȘ", "s": "śŝşšș", "T": "ŢŤŦȚ", "t": "ţťŧț", "U": "ŨŪŬŮŰŲ", "u": "ũūŭůűų", "W": "Ŵ", "w": "ŵ",
            "Y": "ŶŸ", "y": "ŷ", "Z": "ŹŻŽ", "z": "źżž", "OE": "Œ", "oe": "œ", "Rs. ": "₹",
        ]
        var plain: [Unicode.Scalar: String] = [:]
        for (letter, marked) in rows {
            for scalar in marked.unicodeScalars { plain[scalar] = letter }
        }
        return plain
    }()
}
