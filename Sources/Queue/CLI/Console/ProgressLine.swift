import Glibc
import Runtime
import Synchronization

/// Shows on stderr how far a long piece of work is: a bar where somebody watches, else a line now and then. Short work
/// shows nothing.
final class ProgressLine: Sendable {
    private struct State {
        var lastShown: MonotonicTime?
        var isOnScreen = false
    }

    private let what: String
    private let isTerminal: Bool
    private let begun = MonotonicTime.now
    private let state = Mutex(State())
    /// Work that ends sooner needs no bar.
    private static let patience = Duration.milliseconds(700)

    init(_ what: String, console: Console) {
        self.what = what
        isTerminal = console.errorsAreTerminal
    }

    /// `total` is nil where nobody knows it.
    func update(_ done: Int, of total: Int?) {
        let now = MonotonicTime.now
        let isShown = state.withLock { state in
            let pause = isTerminal ? Duration.milliseconds(100) : .seconds(5)
            let next = state.lastShown.map { $0 + pause } ?? begun + (isTerminal ? Self.patience : pause)
            guard now >= next else { return false }
            state.lastShown = now
            state.isOnScreen = isTerminal
            return true
        }
        guard isShown else { return }
        let text = line(done, of: total, after: now - begun)
        Console.write(isTerminal ? "\r\u{1B}[K" + text : text + "\n", to: 2)
    }

    /// Takes the bar away.
    func end() {
        let isOnScreen = state.withLock { state in
            defer { state.isOnScreen = false }
            return state.isOnScreen
        }
        if isOnScreen { Console.write("\r\u{1B}[K", to: 2) }
    }

    private func line(_ done: Int, of total: Int?, after span: Duration) -> String {
        let rate = Double(done) / max(span.inSeconds, 0.001)
        var text = what
        if let total, total > 0 {
            let share = min(1, Double(done) / Double(total))
            let full = Int(share * 24)
            text += " [" + String(repeating: "#", count: full) + String(repeating: ".", count: 24 - full) + "]"
            text += " \(Figures.fixed(share * 100, 0))%  \(Figures.count(done)) of \(Figures.count(total))"
            if done > 0, done < total {
                let rest = Double(total - done) / rate
                text += "  \(Figures.rate(rate))/s  \(Figures.span(.milliseconds(Int64(rest * 1000)))) left"
            }
        } else {
            text += done > 0 ? " \(Figures.count(done))  \(Figures.rate(rate))/s" : " … \(Figures.span(span))"
        }
        return text
    }
}

extension Session {
    /// Runs work that may take long and cannot say how far it is.
    func whileShowing<Value: Sendable>(
        _ what: String, _ work: () async throws -> Value
    ) async throws -> Value {
        let line = ProgressLine(what, console: console)
        let ticker = loops.next().spawn {
            while !Task.isCancelled {
                line.update(0, of: nil)
                try? await SystemClock().sleep(for: .milliseconds(200))
            }
        }
        defer {
            ticker.cancel()
            line.end()
        }
        return try await work()
    }
}
