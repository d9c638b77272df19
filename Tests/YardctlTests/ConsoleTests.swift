import Runtime
import Testing

@testable import yardctl

@Suite struct ConsoleTests {
    private let plain = Console(isTerminal: false, errorsAreTerminal: false, hasColour: false)
    private let coloured = Console(isTerminal: true, errorsAreTerminal: true, hasColour: true)

    private func table() -> Table {
        var table = Table([
            .init(title: "NAME", least: 6), .init(title: "COUNT", isNumber: true), .init(title: "TEXT", least: 5),
        ])
        table.add("first", Table.Cell(1234), "a text that is rather long")
        table.add("a name beyond all measure", Table.Cell(0), "日本語のテキスト")
        return table
    }

    @Test func `columns are as wide as they need to be, numbers to the right`() {
        #expect(
            table().lines(width: nil, console: plain) == [
                "NAME                       COUNT  TEXT",
                "first                      1,234  a text that is rather long",
                "a name beyond all measure      ·  日本語のテキスト",
            ])
    }

    @Test(arguments: [10, 16, 25, 31, 40, 50, 80])
    func `no line is wider than the terminal`(width: Int) {
        for line in table().lines(width: width, console: plain) { #expect(line.columns <= width, "\(line)") }
    }

    @Test func `texts are cut, numbers are not`() {
        let lines = table().lines(width: 30, console: plain)
        #expect(lines[1].contains("1,234") && lines[1].contains("…"))
    }

    @Test func `long texts are broken between words`() {
        #expect("one two three four".wrapped(toColumns: 9) == ["one two", "three", "four"])
        #expect("unbreakable a b".wrapped(toColumns: 4) == ["unbreakable", "a b"])
        #expect("".wrapped(toColumns: 4) == [""])
    }

    @Test func `what comes from outside cannot drive the terminal`() {
        #expect("a\u{1B}[2Jb\nc\td\u{202E}e\u{7}".printable == "a·[2Jb⏎c d·e·")
        var table = Table([.init(title: "X")])
        table.add(Table.Cell("\u{1B}]0;title\u{7}", .red))
        #expect(table.text(width: nil, console: plain) == "X\n·]0;title·\n")
    }

    @Test func `colours are only there for a terminal that wants them`() {
        #expect(plain.paint("x", .red) == "x")
        #expect(coloured.paint("x", .red) == "\u{1B}[31mx\u{1B}[0m")
        #expect(coloured.paint("", .red) == "")
    }

    @Test(arguments: [
        (Duration.milliseconds(350), "350ms"), (.seconds(12), "12s"), (.seconds(200), "3m 20s"), (.hours(4), "4h"),
        (.hours(52), "2d 4h"), (.minutes(-3), "-3m"),
    ])
    func `spans are said in their two largest units`(span: Duration, text: String) {
        #expect(Figures.span(span) == text)
    }

    @Test func `numbers as people read them`() {
        #expect(
            [0, 999, 1000, 1_234_567, -1234].map { Figures.count($0) } == ["0", "999", "1,000", "1,234,567", "-1,234"])
        #expect([0, 0.014, 3.25, 12.34, 1240.4].map { Figures.rate($0) } == ["·", "0.01", "3.25", "12.3", "1,240"])
        #expect(Figures.fixed(0.996, 2) == "1.00" && Figures.fixed(-0.001, 2) == "0.00")
        #expect(Figures.count(1, "job") == "1 job" && Figures.count(2000, "job") == "2,000 jobs")
    }

    @Test func `keys come in pieces, and strange ones are passed over`() {
        var parser = KeyParser()
        #expect(parser.keys(in: [0x1B]).isEmpty)
        #expect(parser.keys(in: Array("[".utf8)[...]).isEmpty)
        #expect(parser.keys(in: Array("B q".utf8)[...]) == [.down, .hold, .quit])
        #expect(parser.keys(in: Array("\u{1B}OA\u{1B}xz\u{1B}[Zk\u{FF}".utf8)[...]) == [.up, .up])
        #expect(parser.keys(in: Array("\u{1B}\u{1B}[C\u{1B}[D".utf8)[...]) == [.right, .left])
    }
}
