import BenchSupport
import Glibc
import Runtime

/// A server under load, ours or another's, with the processes that it has started.
final class WebProcess {
    let port: UInt16
    let identifier: pid_t
    private let name: String
    private let log: String

    /// `command` is run by a shell that it should replace; `PORT` in it becomes a free port.
    init(_ name: String, _ command: String, folder: String, readyPath: String = "/") throws {
        self.name = name
        port = try Self.freePort()
        log = "\(folder)/\(name).log"
        let command = command.replacing("PORT", with: "\(port)")
        identifier = pid_t(try Program.output("(\(command)) >>\(log) 2>&1 </dev/null & echo $!").dropLast()) ?? 0
        try waitUntilReady(readyPath)
    }

    deinit {
        kill(identifier, SIGTERM)
        for child in children { kill(child, SIGTERM) }
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// An access log of a few million lines has done its duty.
    func emptyLog() { truncate(log, 0) }

    /// What all of it has used so far.
    var cpu: Duration {
        get throws {
            let ticks = try ([identifier] + children).reduce(0) { try $0 + Self.ticks(of: $1) }
            return .nanoseconds(ticks * 1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
        }
    }

    var privateBytes: Double { get throws { try ProcessMemory.privateMegabytes(of: identifier) * 1024 * 1024 } }

    private var children: [pid_t] {
        let text = try? Program.output("cat /proc/\(identifier)/task/*/children 2>/dev/null || true")
        return (text ?? "").split { $0 == " " || $0 == "\n" }.compactMap { pid_t($0) }
    }

    /// User and system time stand in the fields 14 and 15, counted behind the name, which may hold anything.
    private static func ticks(of process: pid_t) throws -> Int64 {
        let text = try Program.output("cat /proc/\(process)/stat")
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Int64(fields[12]), let system = Int64(fields[13]) else {
            throw Program.Failed(description: "no CPU time of \(process) in: \(text)")
        }
        return user + system
    }

    private func waitUntilReady(_ path: String) throws {
        for _ in 0..<600 {
            let code = try? Program.output("curl -s -o /dev/null -w '%{http_code}' \(url(path)) || true")
            if code == "200" { return }
            usleep(50_000)
        }
        throw Program.Failed(description: "\(name) does not answer: \(try Program.output("tail -c 600 \(log)"))")
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
