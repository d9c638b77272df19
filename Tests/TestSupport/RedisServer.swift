import Foundation
import Synchronization
import Testing

/// A Redis of a test's own, for tests that kill, stop and restart it. It ends, and leaves nothing, with this value.
package final class RedisServer: Sendable {
    package let port: UInt16
    package let socket: String
    package var url: String { "redis://127.0.0.1:\(port)/0" }
    private let options: [String]
    private let folder: ScratchFolder
    private let process = Mutex<TestProcess?>(nil)

    /// Starts it with options as on Redis' command line: `["--appendonly", "yes"]`.
    package init(_ options: [String] = []) async throws {
        folder = try ScratchFolder("redis")
        port = try FreePort.next()
        socket = folder.file("sock")
        self.options = options
        try await start()
    }

    deinit {
        stop()
    }

    /// Starts it again, on the same port, with what it has kept on disk.
    package func start() async throws {
        let persistence = options.contains("--save") ? [] : ["--save", ""]
        let started = try TestProcess(
            "redis-server",
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", socket, "--dir", folder.path,
                "--pidfile", folder.file("redis.pid"), "--maxmemory-policy", "noeviction",
            ] + persistence + options)
        process.withLock { $0 = started }
        try await eventually("Redis' first answer") {
            if let exit = started.poll() { throw EndedEarly(name: "redis-server", exit: exit, errors: started.output) }
            return ping()
        }
    }

    /// SIGKILL: nothing is saved, connections are cut.
    package func kill() async throws {
        try await end(SIGKILL)
    }

    package func restart() async throws {
        try await kill()
        try await start()
    }

    /// Freezes it: it still accepts connections, and answers nothing until `thaw()`.
    package func freeze() {
        process.withLock { $0 }?.send(SIGSTOP)
    }

    package func thaw() {
        process.withLock { $0 }?.send(SIGCONT)
    }

    package func stop() {
        process.withLock { $0 = nil }
    }

    /// Asks it something from outside, with redis-cli.
    @discardableResult
    package func command(_ words: String...) async throws -> String {
        try await TestProcess.run("redis-cli", ["-s", socket] + words).trimmingCharacters(in: .newlines)
    }

    private func end(_ signal: Int32) async throws {
        guard let running = process.withLock({ $0 }) else { return }
        running.send(signal)
        try await running.waitForExit()
    }

    /// Any answer but “loading” counts: with a password it is an error.
    private func ping() -> Bool {
        guard let answer = UnixSocket.ask("PING\r\n", at: socket) else { return false }
        return !answer.isEmpty && !answer.hasPrefix("-LOADING")
    }
}
