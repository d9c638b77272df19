import BenchSupport
import Glibc
import Runtime

/// A server that takes messages and delivers them, with the stores behind it.
final class ChatSystem {
    let name: String
    /// The first one serves.
    private let processes: [(name: String, process: WebProcess)]
    private let stores: [(name: String, process: pid_t)]

    private init(_ name: String, _ processes: [(name: String, process: WebProcess)]) throws {
        self.name = name
        self.processes = processes
        let folder = try variable("SWITCHYARD_TEST_DIR")
        stores = try [("postgres", "postgres/postmaster.pid"), ("redis", "redis/redis.pid")].map { name, file in
            let text = try TextFile.read("\(folder)/\(file)")
            guard let line = text.split(separator: "\n").first, let process = pid_t(line) else {
                throw Program.Failed(description: "no process in \(file): \(text)")
            }
            return (name, process)
        }
    }

    var port: UInt16 { processes[0].process.port }

    /// Of the process that serves.
    var privateBytes: Double { get throws { try processes[0].process.privateBytes } }

    func privateBytes(of name: String) throws -> Double {
        guard let found = processes.first(where: { $0.name == name }) else {
            throw Program.Failed(description: "there is no \(name)")
        }
        return try found.process.privateBytes
    }

    /// What each process has used so far.
    var cpu: [String: Duration] {
        get throws {
            var used = ["driver": CPUTime.ofProcess]
            for (name, process) in processes { used[name] = try process.cpu }
            for (name, process) in stores { used[name] = try ProcessCPU.used(by: process) }
            return used
        }
    }

    func emptyLogs() { for (_, process) in processes { process.emptyLog() } }

    // MARK: The two

    /// The API as in production, but for its limits, and what a message needs behind it.
    static func ours(in folder: String) throws -> ChatSystem {
        let limits = "RATE_LIMIT_MAX_REQUESTS=0 HTTP_CONNECTIONS=0 HTTP_CONNECTIONS_PER_ADDRESS=0"
        let api = try WebProcess(
            "api", "exec env \(limits) LISTEN=127.0.0.1:PORT \(ownFolder)/api", folder: folder, readyPath: "/readyz")
        let others = try ["worker-fanout", "scheduler"].map { name in
            let command = "exec env METRICS_LISTEN=127.0.0.1:PORT \(ownFolder)/\(name)"
            return (name: name, process: try WebProcess(name, command, folder: folder, readyPath: "/readyz"))
        }
        return try ChatSystem("ours", [("api", api)] + others)
    }

    static func node(in folder: String) throws -> ChatSystem {
        let modules = "\(try variable("SWITCHYARD_BENCH_PEERS"))/node/usr/share/nodejs"
        let command = "exec env NODE_ENV=production NODE_PATH=\(modules) node bench/peers/chat.js PORT"
        return try ChatSystem(
            "node", [("node", try WebProcess("node", command, folder: folder, readyPath: "/healthz"))])
    }

    /// What all of them, and `yardctl`, have to agree on.
    static func prepareEnvironment() {
        setenv("JWT_SECRET", "the secret of a benchmark that nobody needs to keep", 1)
        setenv("JWT_EXPIRATION", "86400", 1)
        setenv("API_URL", "http://127.0.0.1", 1)
    }

    /// Makes the tables, and people for the load.
    static func people(_ count: Int, inGroupsOf size: Int, in folder: String) throws -> Crowd {
        _ = try Program.output("\(ownFolder)/yardctl migrate 2>&1")
        let file = "\(folder)/tokens"
        _ = try Program.output("\(ownFolder)/yardctl demo --users \(count) --group \(size) --tokens \(file) 2>&1")
        return try Crowd(file: file, groupSize: size)
    }

    private static var ownFolder: String {
        CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
    }
}

private func variable(_ name: String) throws -> String {
    guard let value = getenv(name) else {
        throw Program.Failed(description: "\(name) is not set: run `make bench-chat`")
    }
    return String(cString: value)
}
