import Queue
import Runtime

/// A picture as lines of the terminal.
struct TopScreen {
    let state: TopState
    let console: Console

    /// Never more than the terminal has.
    var lines: [String] {
        let size = console.size
        let width = size.width ?? 120, height = size.height ?? 50
        var lines = head(width) + [""]
        let workers = workerLines(width)
        let room = max(3, height - lines.count - min(workers.count, max(4, height / 3)) - 3)
        lines += visible(queueLines(width), room: room) + [""]
        lines += workers
        if lines.count > height - 1 { lines = Array(lines.prefix(height - 1)) }
        lines += Array(repeating: "", count: max(0, height - 1 - lines.count))
        return lines + [foot(width)]
    }

    /// For where nobody watches.
    var onePicture: String {
        let width = console.size.width
        let parts = head(width ?? 120) + [""] + queueTable.lines(width: width, console: console) + [""]
        return (parts + workerTable.lines(width: width, console: console)).joined(separator: "\n") + "\n"
    }

    // MARK: Head and foot

    private func head(_ width: Int) -> [String] {
        let balances = state.picture.standings.map(\.overview.balance)
        let done = state.picture.donePerSecond.values.reduce(0, +)
        let time = state.picture.time.rfc3339.dropFirst(11).prefix(8)
        let first = "Switchyard  \(time) UTC  \(state.picture.redis)"
        let second =
            "\(Figures.count(balances.count, "queue"))  \(Figures.count(state.picture.workers.count, "worker"))"
            + "  ready \(Figures.count(balances.reduce(0) { $0 + $1.ready }))"
            + "  leased \(Figures.count(balances.reduce(0) { $0 + $1.leased }))"
            + "  dead \(Figures.count(state.picture.standings.reduce(0) { $0 + $1.dead }))"
            + "  done/s \(done == 0 ? "0" : Figures.rate(done))  \(sparks)"
        return [console.paint(first.cut(toColumns: width), .bold), second.cut(toColumns: width)]
    }

    /// The last minute as a line of little bars.
    private var sparks: String {
        let bars = Array("▁▂▃▄▅▆▇█")
        guard let most = state.history.max(), most > 0 else { return "" }
        return String(state.history.suffix(30).map { bars[Int($0 / most * Double(bars.count - 1))] })
    }

    private func foot(_ width: Int) -> String {
        if let failure = state.failure {
            return console.paint(" no answer: \(failure.printable)".cut(toColumns: width), .red)
        }
        let held = state.isHeld ? "  HELD" : ""
        let text =
            " q quit  space \(state.isHeld ? "go on" : "hold")  ↑↓ choose  ←→ sort: \(state.order.rawValue)\(held)"
        return console.paint(text.cut(toColumns: width).padded(toColumns: width), .inverse)
    }

    // MARK: Tables

    private var queueTable: Table {
        var table = QueueStanding.table(of: [])
        for standing in state.sorted {
            table.add(
                cells: standing.cells(
                    now: state.picture.time, donePerSecond: state.picture.donePerSecond[standing.name]))
        }
        return table
    }

    private func queueLines(_ width: Int) -> [String] {
        guard !state.sorted.isEmpty else { return [queueTable.emptyText] }
        var lines = queueTable.lines(width: width, console: console)
        if let place = selectedPlace {
            let plain = Console(isTerminal: console.isTerminal, errorsAreTerminal: false, hasColour: false)
            let line = queueTable.lines(width: width, console: plain)[place + 1]
            lines[place + 1] = console.hasColour ? console.paint(line.padded(toColumns: width), .inverse) : "> " + line
        }
        return lines
    }

    private var selectedPlace: Int? {
        state.selected.flatMap { name in state.sorted.firstIndex { $0.name == name } }
    }

    /// The title, and so many of the rows that the chosen one is among them.
    private func visible(_ lines: [String], room: Int) -> [String] {
        guard lines.count > room, let title = lines.first else { return lines }
        let rows = room - 2
        let start = min(max(0, (selectedPlace ?? 0) - rows + 1), lines.count - 1 - rows)
        let shown = lines[(1 + start)..<(1 + start + rows)]
        return [title] + shown + [console.paint("… \(Figures.count(lines.count - 1 - rows, "more queue"))", .dim)]
    }

    private var workerTable: Table { WorkersCommand.table(of: chosenWorkers, now: state.picture.time) }

    /// Those of the chosen queue.
    private var chosenWorkers: [WorkerView] {
        guard let queue = state.selected else { return state.picture.workers }
        return state.picture.workers.filter { $0.queues.contains(queue) }
    }

    private func workerLines(_ width: Int) -> [String] {
        chosenWorkers.isEmpty
            ? [state.selected.map { "No worker serves \($0)." } ?? workerTable.emptyText]
            : workerTable.lines(width: width, console: console)
    }
}
