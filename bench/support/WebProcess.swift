import Glibc
import Runtime

/// A server under load, ours or another's, with the processes that it has started.
package final class WebProcess {
    package let port: UInt16
    package let identifier: pid_t
    private let name: String
    private let log: String
    private let scheme: String

    /// `command` is run by a shell that it should replace; `PORT` in it becomes a free port. Without a path to ask for, it is ready
    /// when it takes connections.
    package init(
        _ name: String, _ command: String, folder: String, scheme: String = "http", readyPath: String? = "/"
    ) throws {
        self.name = name
        self.scheme = scheme
        port = try Self.freePort()
        log = "\(folder)/\(name).log"
        let command = command.replacing("PORT", with: "\(port)")
        identifier = pid_t(try Program.output("(\(command)) >>\(log) 2>&1 </dev/null & echo $!").dropLast()) ?? 0
        try waitUntilReady(readyPath)
    }

    deinit {
        kill(identifier, SIGTERM)
        for child in ProcessCPU.children(of: identifier) { kill(child, SIGTERM) }
    }

    package func url(_ path: String) -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }

    /// An access log of a few million lines has done its duty.
    package func emptyLog() { truncate(log, 0) }

    /// What all of it has used so far.
    package var cpu: Duration {
        get throws { try ProcessCPU.used(by: identifier) }
    }

    package var privateBytes: Double { get throws { try ProcessMemory.privateMegabytes(of: identifier) * 1024 * 1024 } }

    private func waitUntilReady(_ path: String?) throws {
        for _ in 0..<600 {
            if try isReady(path) { return }
            usleep(50_000)
        }
        throw Program.Failed(description: "\(name) does not answer: \(try Program.output("tail -c 600 \(log)"))")
    }

    private func isReady(_ path: String?) throws -> Bool {
        guard let path else {
            return try Program.output("bash -c '</dev/tcp/127.0.0.1/\(port)' 2>/dev/null && echo yes || true") != ""
        }
        // Whatever it answers to `/`, it answers.
        let code = try Program.output("curl -sk -o /dev/null -w '%{http_code}' \(url(path)) || true")
        return code == "200" || path == "/" && code != "000"
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let wanted = try SocketAddress(numericHost: "127.0.0.1", port: 0)
        var bound = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failure = withUnsafeMutablePointer(to: &bound) { bound in
            bound.withMemoryRebound(to: sockaddr.self, capacity: 1) { bound in
                wanted.withAddress { bind(descriptor, $0, $1) } + getsockname(descriptor, bound, &length)
            }
        }
        guard failure == 0 else { throw SystemError.last("bind") }
        return UInt16(bigEndian: bound.sin_port)
    }
}
