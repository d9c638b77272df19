import CSandbox
import Glibc
import Model
import Runtime

/// One run of this executable as a child that is shut in. All of it blocks: it belongs on a thread, which must live on.
struct ChildRun: Sendable {
    enum End: Equatable {
        case exited(Int32)
        /// By a limit of its own, or by its own fault.
        case killed(Int32)
        case tooLong
    }

    private static let mostOutput = 4 << 20
    /// How soon a stop is noticed.
    private static let glance: Int32 = 200

    /// Ours, with its path.
    let executable: String
    let work: ChildWork
    let arguments: [String]
    /// What it complains of goes to the file `errors` in it.
    let folder: String
    let limit: Duration

    /// What it printed, piece by piece to `onOutput` besides. Throws `CancellationError` when it has to stop.
    func run(
        isStopped: () -> Bool, onOutput: ([UInt8]) -> Void = { _ in }
    ) throws -> (end: End, output: [UInt8]) {
        let (child, output) = try start()
        defer { close(output) }
        let deadline = MonotonicTime.now + limit
        var said: [UInt8] = []
        while true {
            let readable = csandbox_wait_readable(output, Self.glance)
            if isStopped() || MonotonicTime.now > deadline {
                kill(child, SIGKILL)
                _ = wait(for: child)
                if isStopped() { throw CancellationError() }
                return (.tooLong, said)
            }
            guard readable != 0 else { continue }
            let piece = Self.read(output)
            if piece.isEmpty { return (wait(for: child), said) }
            onOutput(piece)
            if said.count < Self.mostOutput { said += piece }
        }
    }

    /// The beginning of what it complained of.
    var complaint: String { String(((try? TextFile.read("\(folder)/errors")) ?? "").prefix(500)) }

    // MARK: -

    private func start() throws -> (child: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError.last("make a pipe") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/errors", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.resetSignals(&attributes)
        var child: pid_t = 0
        let code = withCStrings([executable, work.rawValue] + arguments) { arguments in
            withCStrings(Self.environment + ["HOME=\(folder)", "TMPDIR=\(folder)"]) { environment in
                posix_spawn(&child, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            close(ends[0])
            throw SystemError(code, "start \(executable)")
        }
        return (child, ends[0])
    }

    /// Nothing of ours: our environment holds secrets.
    private static let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C", "SWIFT_BACKTRACE=enable=no"]

    private static func resetSignals(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16 << 10) { target, count in
            count = max(0, Glibc.read(descriptor, target.baseAddress, target.count))
        }
    }

    private func wait(for child: pid_t) -> End {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
    }
}

/// A null-terminated array of C strings, for the time of the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
) rethrows -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return try body(copies + [nil])
}
