import Glibc
import Synchronization
import TestSupport
import Testing

/// A terminal that a test sits at: a program runs in it, the test types and reads.
final class PseudoTerminal: Sendable {
    private let master: Int32
    private let replica: Int32
    private let process: pid_t
    private let screen = Mutex<[UInt8]>([])
    private let exit = Mutex<TestProcess.Exit?>(nil)

    // TIOCSPTLCK, TIOCGPTN and POSIX_SPAWN_SETSID: Glibc's module has neither them nor the functions around them.
    private static let unlock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430
    private static let ownSession: Int16 = 0x80

    /// Starts the program of the build folder with the stores of the test.
    init(_ arguments: [String], columns: UInt16 = 100, rows: UInt16 = 30, environment: [String: String] = [:]) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: UInt32 = 0
        var unlocked: Int32 = 0
        guard master >= 0, ioctl(master, Self.unlock, &unlocked) == 0, ioctl(master, Self.getNumber, &number) == 0
        else {
            throw NoTerminal()
        }
        let path = "/dev/pts/\(number)"
        // Kept open, so that its settings can be looked at when the program has ended.
        replica = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(replica, UInt(TIOCSWINSZ), &size)
        let stores = try TestStores.current
        var variables = [
            "DATABASE_URL": stores.databaseURL, "REDIS_URL": stores.redisURL, "REDIS_PREFIX": stores.redisPrefix,
            "TERM": "xterm", "PATH": String(cString: getenv("PATH")),
        ]
        variables.merge(environment) { $1 }
        process = try Self.spawn([TestProcess.pathOfOurs("yardctl")] + arguments, variables, path)
        _ = fcntl(master, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if poll() == nil {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        close(master)
        close(replica)
    }

    /// In a session of its own, whose terminal is the first that it opens.
    private static func spawn(_ arguments: [String], _ variables: [String: String], _ path: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        posix_spawnattr_setflags(
            &attributes, ownSession | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var identifier: pid_t = 0
        guard posix_spawn(&identifier, arguments[0], &actions, &attributes, &words, &settings) == 0 else {
            throw NoTerminal()
        }
        return identifier
    }

    // MARK: Sitting at it

    func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(master, bytes, bytes.count)
    }

    func send(_ signal: Int32) { kill(process, signal) }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(replica, UInt(TIOCSWINSZ), &size)
        kill(process, SIGWINCH)
    }

    /// All that was shown so far, with what drives the terminal.
    var shown: String {
        screen.withLock { screen in
            var bytes = [UInt8](repeating: 0, count: 65536)
            while case let count = read(master, &bytes, bytes.count), count > 0 { screen += bytes[..<count] }
            return String(decoding: screen, as: UTF8.self)
        }
    }

    /// What the last picture says; `top` begins each at the top left.
    var picture: String { shown.components(after: "\u{1B}[H") }

    func waitToShow(_ text: String) async throws {
        try await eventually("“\(text)” on the terminal") {
            if picture.contains(text) { return true }
            if let exit = poll() { throw EndedBefore(text: text, exit: exit, shown: shown) }
            return false
        }
    }

    func waitForExit() async throws -> TestProcess.Exit {
        try await eventuallySome("the end of yardctl") {
            _ = shown
            return poll()
        }
    }

    func poll() -> TestProcess.Exit? {
        exit.withLock { exit in
            var status: Int32 = 0
            if exit == nil, waitpid(process, &status, WNOHANG) == process {
                exit = status & 0x7f == 0 ? .code((status >> 8) & 0xff) : .signal(status & 0x7f)
            }
            return exit
        }
    }

    /// Whether what is typed shows, and comes by lines, as a shell leaves it to programs.
    var isOrdinary: Bool {
        // A program that draws stands still when nobody reads.
        _ = shown
        var settings = termios()
        guard tcgetattr(replica, &settings) == 0 else { return false }
        let wanted = tcflag_t(ICANON | ECHO)
        return settings.c_lflag & wanted == wanted
    }
}

struct NoTerminal: Error {}

struct EndedBefore: Error {
    let text: String
    let exit: TestProcess.Exit
    let shown: String
}

extension String {
    /// What stands behind the last `mark`.
    fileprivate func components(after mark: String) -> String {
        let text = Array(utf8), mark = Array(mark.utf8)
        guard text.count >= mark.count else { return self }
        for start in stride(from: text.count - mark.count, through: 0, by: -1)
        where text[start..<start + mark.count].elementsEqual(mark) {
            return String(decoding: text[(start + mark.count)...], as: UTF8.self)
        }
        return self
    }
}
