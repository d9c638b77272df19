import Glibc
import Model
import Runtime

/// A program of the distribution that does a part of the work, such as pg_dump. It gets only the environment that it is
/// given, and says what went wrong in a file.
struct ChildProgram: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    /// Takes its complaints.
    let complaints: String

    /// Where a program is: in the PATH, or where Debian keeps those of PostgreSQL; the newest, which can talk to older
    /// servers.
    static func find(_ name: String) -> String? {
        let packaged = Files.names(in: "/usr/lib/postgresql").compactMap { Int($0) }.sorted(by: >)
            .map { "/usr/lib/postgresql/\($0)/bin" }
        let named = getenv("PATH").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
        return (packaged + named).map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Waits for its end, calling `tick` now and then. It is ended when the task is cancelled.
    func run(_ tick: () -> Void) async throws {
        let child = try start()
        var status: Int32 = 0
        while waitpid(child, &status, WNOHANG) == 0 {
            tick()
            do { try await SystemClock().sleep(for: .milliseconds(50)) } catch {
                kill(child, SIGTERM)
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                throw CancellationError()
            }
        }
        guard status == 0 else { throw ChildFailed(name: name, complaint: complaint) }
    }

    private var name: String { String(path.split(separator: "/").last ?? "") }

    private var complaint: String {
        String(((try? TextFile.read(complaints)) ?? "").split(separator: "\n").prefix(6).joined(separator: "\n"))
    }

    private func start() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, complaints, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What we block and ignore, it must not.
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var child: pid_t = 0
        let code = withCStrings([path] + arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawn(&child, path, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SystemError(code, "start \(path)") }
        return child
    }
}

/// A program has ended with a failure.
struct ChildFailed: Error, CustomStringConvertible {
    let name: String
    let complaint: String
    var description: String { "\(name) failed: \(complaint)" }
}

/// A null-terminated array of C strings, for the time of the call.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
) rethrows -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return try body(copies + [nil])
}
