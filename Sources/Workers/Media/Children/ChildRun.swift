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

        /// As `waitpid` says it.
        init(_ status: Int32) {
            self = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
        }
    }

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
        let reading = ChildOutput(descriptor: output, limit: limit)
        let said = reading.all(isStopped: isStopped, onOutput: onOutput) { kill(child, SIGKILL) }
        let status = Self.wait(for: child)
        if said.isStopped { throw CancellationError() }
        return (said.isLate ? .tooLong : End(status), said.bytes)
    }

    // MARK: -

    private func start() throws -> (child: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        let failed = csandbox_pipe(&ends)
        guard failed == 0 else { throw SystemError(-failed, "make a pipe") }
        defer { close(ends[1]) }
        do {
            let child = try Self.start(
                executable, [work.rawValue] + arguments, environment: ["HOME=\(folder)", "TMPDIR=\(folder)"]
            ) { actions in
                posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
                posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
                posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/errors", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            }
            return (child, ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Nothing of ours: our environment holds secrets.
    private static let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C", "SWIFT_BACKTRACE=enable=no"]

    static func start(
        _ executable: String, _ arguments: [String], environment: [String],
        _ prepare: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        prepare(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        resetSignals(&attributes)
        var child: pid_t = 0
        let code = withCStrings([executable] + arguments) { arguments in
            withCStrings(Self.environment + environment) { environment in
                posix_spawn(&child, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemError(code, "start \(executable)") }
        return child
    }

    private static func resetSignals(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    @discardableResult
    static func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
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
