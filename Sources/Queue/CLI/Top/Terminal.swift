import Glibc
import Synchronization

/// The terminal while it is a screen: keys come one by one and unseen, the lines before are kept aside.
enum Terminal {
    private static let isScreen = Atomic<Bool>(false)
    // Safe: allocated once, written before `isScreen` is set and only read after; a signal handler may read it.
    nonisolated(unsafe) private static let before = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    private static let enter: StaticString = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J"
    private static let leave: StaticString = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"

    /// False when standard input or output is none.
    static func becomeScreen() -> Bool {
        guard isatty(0) == 1, isatty(1) == 1, tcgetattr(0, before) == 0 else { return false }
        var raw = before.pointee
        // Ctrl-C and Ctrl-Z go on meaning what they mean.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        isScreen.store(true, ordering: .sequentiallyConsistent)
        tcsetattr(0, TCSANOW, &raw)
        send(enter)
        return true
    }

    /// As it was before. Safe at any moment, also twice, also in a signal handler.
    static func restore() {
        guard isScreen.exchange(false, ordering: .sequentiallyConsistent) else { return }
        send(leave)
        tcsetattr(0, TCSANOW, before)
    }

    /// A bug must not leave a terminal behind that shows nothing that is typed.
    static func restoreOnCrash() {
        for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] {
            signal(number) { number in
                Terminal.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    private static func send(_ text: StaticString) { _ = write(1, text.utf8Start, text.utf8CodeUnitCount) }
}
