import Glibc

/// A call of `posix_spawn`: in a session of its own, with default signals, and with no descriptor of ours but its three.
struct Spawn {
    let arguments: [String]
    let environment: [String: String]
    let output: String
    let errors: String

    /// Starts it and returns the process id.
    func start() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        redirect(&actions)
        isolate(&attributes)
        return try withCStrings(arguments) { arguments in
            try withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                var identifier: pid_t = 0
                let code = posix_spawnp(&identifier, self.arguments[0], &actions, &attributes, arguments, environment)
                guard code == 0 else { throw CannotSpawn(name: self.arguments[0], code: code) }
                return identifier
            }
        }
    }

    private func redirect(_ actions: inout posix_spawn_file_actions_t) {
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o644)
        for descriptor in FileDescriptors.open where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
    }

    private func isolate(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | 0x80  // POSIX_SPAWN_SETSID is not imported
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// A null-terminated array of C strings, for the time of the call.
    private func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
    ) rethrows -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return try body(copies + [nil])
    }
}

/// A program that could not be started.
struct CannotSpawn: Error, CustomStringConvertible {
    let name: String
    let code: Int32

    var description: String { "\(name) cannot be started: \(String(cString: strerror(code)))" }
}
