import Glibc
import JSON
import Runtime
import Synchronization

/// Where yardctl writes, and what it looks like there.
struct Console: Sendable {
    let isTerminal: Bool
    let errorsAreTerminal: Bool
    let hasColour: Bool

    /// What this process was given.
    static func ofProcess() -> Console {
        let isTerminal = isatty(1) == 1
        let refuses = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false
        return Console(
            isTerminal: isTerminal, errorsAreTerminal: isatty(2) == 1, hasColour: isTerminal && !refuses && !isDumb)
    }

    /// Columns and rows; without a bound where nobody watches.
    var size: (width: Int?, height: Int?) {
        var size = winsize()
        guard isTerminal, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return isTerminal ? (80, 24) : (nil, nil)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    // MARK: Writing

    func print(_ text: String) { Self.write(text.hasSuffix("\n") ? text : text + "\n", to: 1) }

    func print(_ value: JSONValue) {
        print((try? JSONCoder.text(value)) ?? "null")
    }

    func print(_ table: Table) { print(table.text(width: size.width, console: self)) }

    /// What is said about the work, not what it answers.
    func note(_ text: String) { Self.write(text + "\n", to: 2) }

    /// The first error of a write, 0 while there was none.
    private static let failure = Atomic<Int32>(0)

    /// The code of a command whose answer could not be written, whatever it says itself: nobody has read it.
    static func code(orElse code: ExitCode) -> ExitCode {
        failure.load(ordering: .acquiring) == 0 || code.rawValue > 1 ? code : .unwritable
    }

    /// Notes on stderr are not what a command is for.
    private static func noteFailure(_ error: Int32, to descriptor: Int32) {
        guard descriptor == 1 else { return }
        let isFirst = failure.compareExchange(expected: 0, desired: error, ordering: .acquiringAndReleasing).exchanged
        guard isFirst else { return }
        write("yardctl: the answer could not be written: \(String(cString: strerror(error)))\n", to: 2)
    }

    /// All of it. A reader that has gone away has seen enough.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EPIPE {
                _exit(ExitCode.signal(SIGPIPE).rawValue)
            } else if errno != EINTR && errno != EAGAIN {
                return noteFailure(errno, to: descriptor)
            }
        }
    }

    // MARK: Colours

    enum Paint: String, Sendable {
        case none = "", bold = "1", dim = "2", red = "31", green = "32", yellow = "33", inverse = "7"
    }

    func paint(_ text: String, _ paint: Paint) -> String {
        hasColour && paint != .none && !text.isEmpty ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }
}
