import Glibc
import Synchronization

/// A thread that hears the signals to stop and keeps the time of the grace period. It needs no event loop and no task,
/// so it also ends a process whose loops are stuck.
///
/// Signals arrive through a pipe that a handler writes to. Blocking them everywhere and waiting would be simpler, but
/// programs that we start would inherit the blocked signals.
final class SignalThread: Sendable {
    /// What is written into the pipe besides the numbers of signals.
    private static let graceBegins: UInt8 = 0
    private static let end: UInt8 = 255
    /// A terminal's Ctrl-C reaches all processes, and then the runner sends each its own signal: one wish, not two.
    private static let sameWish = Duration.seconds(1)

    let readEnd: Int32
    let writeEnd: Int32
    private let gracePeriod: Duration
    private let isFinished = Mutex(false)

    init(gracePeriod: Duration) {
        self.gracePeriod = gracePeriod
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no descriptors left for signals")
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A handler must never wait, however many signals come.
        _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK)
    }

    /// `stop` is called for the first signal, `giveUp` for the second or when the grace period is over.
    func start(
        stop: @escaping @Sendable (_ signal: Int32) -> Void, giveUp: @escaping @Sendable (ExitCode) -> Void
    ) {
        Thread.start(name: "signals") { [self] in
            if let code = listen(stop) { giveUp(code) }
            // Nobody may write any more: the numbers of the ends soon belong to somebody else.
            stopForwarding()
            isFinished.withLock { isFinished in
                isFinished = true
                close(readEnd)
                close(writeEnd)
            }
        }
    }

    /// SIGTERM and SIGINT of this process come here from now on. A broken pipe is an error of the write that met it,
    /// and a terminal that hangs up does not concern us.
    func catchSignals() {
        signalPipe.store(writeEnd, ordering: .releasing)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        for stopping in [SIGTERM, SIGINT] {
            signal(stopping, forwardSignal)
            sigaddset(&unblocked, stopping)
        }
        // Whoever started us may have blocked them; threads and programs that we start inherit what holds here.
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
        for unwanted in [SIGPIPE, SIGHUP] { signal(unwanted, SIG_IGN) }
    }

    /// As if the signal had come from outside.
    func receive(_ signal: Int32) { send(UInt8(truncatingIfNeeded: signal)) }

    func beginGracePeriod() { send(Self.graceBegins) }

    /// Nothing is left to wait for. Further signals are swallowed: the process is on its way out.
    func finish() {
        stopForwarding()
        send(Self.end)
        isFinished.withLock { $0 = true }
    }

    private func stopForwarding() {
        _ = signalPipe.compareExchange(expected: writeEnd, desired: -1, ordering: .acquiringAndReleasing)
    }

    private func send(_ byte: UInt8) {
        isFinished.withLock { isFinished in
            var byte = byte
            if !isFinished { _ = write(writeEnd, &byte, 1) }
        }
    }

    // MARK: The thread

    /// How the process must end; nil when nothing is left to wait for.
    private func listen(_ stop: (_ signal: Int32) -> Void) -> ExitCode? {
        var deadline: MonotonicTime?
        var first: (signal: Int32, time: MonotonicTime)?
        while let byte = nextByte(until: deadline) {
            if byte == Self.end { return nil }
            deadline = deadline ?? .now + gracePeriod
            guard byte != Self.graceBegins else { continue }
            let signal = Int32(byte)
            guard let earlier = first else {
                first = (signal, .now)
                stop(signal)
                continue
            }
            if signal == earlier.signal || MonotonicTime.now - earlier.time > Self.sameWish { return .signal(signal) }
        }
        return .graceExceeded
    }

    /// Nil when the time is over.
    private func nextByte(until deadline: MonotonicTime?) -> UInt8? {
        while true {
            var query = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            let patience = deadline.map { max(0, ($0 - .now).milliseconds + 1) } ?? -1
            let ready = poll(&query, 1, Int32(clamping: patience))
            var byte: UInt8 = 0
            if ready > 0, read(readEnd, &byte, 1) == 1 { return byte }
            if let deadline, MonotonicTime.now >= deadline { return nil }
        }
    }
}

/// Where the handler writes; handlers know nothing but globals.
private let signalPipe = Atomic<Int32>(-1)

/// Runs in the middle of anything, so it only writes a byte.
private func forwardSignal(_ signal: Int32) {
    let before = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    _ = write(signalPipe.load(ordering: .acquiring), &byte, 1)
    errno = before
}
