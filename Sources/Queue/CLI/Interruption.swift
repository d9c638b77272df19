import Glibc
import Runtime
import Synchronization

/// Signals to stop: the first lets the command end in order, the second, or too much time, ends it at once. Either way
/// the terminal is as it was.
enum Interruption {
    private static let received = Atomic<Int32>(0)
    /// What a command has to end in, in milliseconds.
    private static let grace = Atomic<Int64>(2000)
    private static let screen = Mutex<(@Sendable (ScreenEvent) -> Void)?>(nil)

    enum ScreenEvent: Sendable {
        case resized
        /// The process goes on after Ctrl-Z.
        case resumed
    }

    static func prepare() {
        var signals = watched
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Terminal.restoreOnCrash()
    }

    private static var watched: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP] { sigaddset(&signals, number) }
        return signals
    }

    /// For a command that has much to tidy up. Whoever does not want to wait says so twice.
    static func extendGrace(to span: Duration) { grace.store(span.milliseconds, ordering: .relaxed) }

    static func watch(_ stop: @escaping @Sendable () -> Void) {
        Thread.start(name: "signals") {
            while true {
                var number: Int32 = 0
                var signals = watched
                guard sigwait(&signals, &number) == 0 else { continue }
                switch number {
                case SIGWINCH: tell(.resized)
                case SIGTSTP: pauseProcess()
                default: end(number, stop)
                }
            }
        }
    }

    /// Who draws a screen wants to know.
    static func observeScreen(_ observer: (@Sendable (ScreenEvent) -> Void)?) { screen.withLock { $0 = observer } }

    /// The code of a command that was interrupted, whatever it says itself.
    static func code(orElse code: ExitCode) -> ExitCode {
        let signal = received.load(ordering: .acquiring)
        return signal == 0 ? code : .signal(signal)
    }

    private static func tell(_ event: ScreenEvent) { screen.withLock { $0 }?(event) }

    /// Ctrl-Z: the shell gets its terminal as it was.
    private static func pauseProcess() {
        Terminal.restore()
        kill(getpid(), SIGSTOP)
        tell(.resumed)
    }

    private static func end(_ number: Int32, _ stop: () -> Void) {
        let before = received.exchange(number, ordering: .acquiringAndReleasing)
        if before != 0 { endNow(number) }
        stop()
        Thread.start(name: "grace") {
            usleep(useconds_t(grace.load(ordering: .relaxed) * 1000))
            endNow(number)
        }
    }

    private static func endNow(_ number: Int32) -> Never {
        Terminal.restore()
        _exit(ExitCode.signal(number).rawValue)
    }
}
