import TestSupport
import Testing

@testable import HTTP

struct UTF8CheckTests {
    /// The same in one piece, cut at every place, and byte by byte.
    private func readings(_ bytes: [UInt8]) -> Set<Bool> {
        var answers: Set<Bool> = [isValid([bytes]), isValid(bytes.map { [$0] })]
        for place in bytes.indices { answers.insert(isValid([Array(bytes[..<place]), Array(bytes[place...])])) }
        return answers
    }

    private func isValid(_ pieces: [[UInt8]]) -> Bool {
        var check = UTF8Check()
        return pieces.allSatisfy { piece in piece.withUnsafeBytes { check.accepts($0) } } && check.isComplete
    }

    @Test func `every run of two bytes, and many of three and four, are judged as Swift judges them`() {
        let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xED, 0xF4, 0xFF]
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max { expectSwiftsWord([first, second]) }
            for second in edges {
                for third in edges {
                    expectSwiftsWord([first, second, third])
                    expectSwiftsWord([first, second, third, 0x80])
                }
            }
        }
    }

    private func expectSwiftsWord(_ bytes: [UInt8]) {
        let word = String(validating: bytes, as: UTF8.self) != nil
        if bytes.withUnsafeBytes(UTF8Check.isValid) != word { Issue.record("\(bytes) is \(word ? "" : "in")valid") }
    }

    @Test(arguments: [
        "", "plain", "κόσμε", "漢字", "😀", String(repeating: "a", count: 100) + "é" + String(repeating: "b", count: 100),
        "\u{10FFFF}", "\u{FFFF}", "\u{0}",
    ])
    func `text is accepted wherever it is cut`(_ text: String) {
        #expect(readings(Array(text.utf8)) == [true])
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0xAF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
            [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xED, 0xA0, 0x80, 0x65],
        ] as [[UInt8]])
    func `what is no text is refused wherever it is cut`(_ bytes: [UInt8]) {
        #expect(readings(bytes) == [false])
    }

    @Test func `random edits of text are judged as Swift judges them`() {
        var seed = Seed()
        for _ in 0..<(Soak.isOn ? 500_000 : 20_000) {
            var bytes = Array("plain ascii, then κόσμε and 漢字 and 😀, then a longer stretch of plain ascii".utf8)
            bytes[Int.random(in: bytes.indices, using: &seed)] = UInt8.random(in: 0...255, using: &seed)
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &seed))
            expectSwiftsWord(bytes)
        }
    }
}

struct MaskingTests {
    @Test func `a mask is taken off as byte by byte, for every length and in any pieces`() {
        let mask: [UInt8] = [0x01, 0x80, 0xFF, 0x3C]
        let word = mask.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (8 * UInt32($1.offset)) }
        for count in 0...140 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let plain = bytes.enumerated().map { $1 ^ mask[$0 % 4] }
            for cut in Set([0, count / 3, count]) {
                let pieces = [bytes[..<cut], bytes[cut...]].map { [UInt8]($0) }
                #expect(unmasked(pieces, word) == plain)
            }
        }
    }

    private func unmasked(_ pieces: [[UInt8]], _ mask: UInt32) -> [UInt8] {
        var mask = mask
        return pieces.flatMap { piece in
            var target = [UInt8](repeating: 0, count: piece.count)
            piece.withUnsafeBytes { source in
                target.withUnsafeMutableBytes { mask = Masking.remove(mask, from: source, to: $0) }
            }
            return target
        }
    }
}
