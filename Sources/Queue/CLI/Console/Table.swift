/// Rows under titles, as wide as they need to be, and never wider than the terminal.
struct Table: Sendable {
    struct Column: Sendable {
        let title: String
        var isNumber = false
        /// A text that may be cut when the terminal is narrow, down to so many columns.
        var least: Int?
    }

    struct Cell: Sendable, ExpressibleByStringLiteral {
        let text: String
        let paint: Console.Paint

        init(_ text: String, _ paint: Console.Paint = .none) {
            self.text = text.printable
            self.paint = paint
        }

        init(_ number: Int) { self.init(number == 0 ? "·" : Figures.count(number), number == 0 ? .dim : .none) }

        /// A number that is bad news unless it is 0.
        init(alarm number: Int, _ paint: Console.Paint = .red) {
            self.init(number == 0 ? "·" : Figures.count(number), number == 0 ? .dim : paint)
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    private let columns: [Column]
    private(set) var rows: [[Cell]] = []
    /// What stands in place of rows where there are none.
    var emptyText = "Nothing."

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: Cell...) { rows.append(cells) }
    mutating func add(cells: [Cell]) { rows.append(cells) }

    func text(width: Int?, console: Console) -> String {
        rows.isEmpty ? emptyText + "\n" : lines(width: width, console: console).joined(separator: "\n") + "\n"
    }

    func lines(width: Int?, console: Console) -> [String] {
        let widths = widths(within: width)
        let title = line(columns.map { Cell($0.title) }, widths, width, console: nil)
        return [console.paint(title, .bold)] + rows.map { line($0, widths, width, console: console) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ bound: Int?, console: Console?) -> String {
        var text = ""
        var used = 0
        for (number, (cell, column)) in zip(cells, columns).enumerated() {
            let gap = number == 0 ? 0 : 2
            var width = widths[number]
            if let bound, used + gap + width > bound { width = bound - used - gap }
            guard width > 0 else { break }
            let isLast = number == columns.count - 1
            let cut = cell.text.cut(toColumns: width)
            let padded = isLast && !column.isNumber ? cut : cut.padded(toColumns: width, atEnd: !column.isNumber)
            text += String(repeating: " ", count: gap) + (console?.paint(padded, cell.paint) ?? padded)
            used += gap + width
        }
        return text
    }

    /// Takes from the widest of the columns that may be cut until all fit.
    private func widths(within bound: Int?) -> [Int] {
        var widths = columns.indices.map { number in
            max(columns[number].title.columns, rows.map { $0[number].text.columns }.max() ?? 0)
        }
        guard let bound else { return widths }
        var surplus = widths.reduce(0, +) + 2 * (widths.count - 1) - bound
        while surplus > 0 {
            let flexible = columns.indices.filter { number in columns[number].least.map { widths[number] > $0 } ?? false
            }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            surplus -= 1
        }
        return widths
    }
}
