import BenchSupport
import Glibc
import Runtime

/// One of our processes, started and left alone.
func measureIdleProcess(into figures: inout Figures) async throws {
    let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let program = folder.joined(separator: "/") + "/worker-maintenance"
    let log = "/tmp/switchyard-bench-\(getpid()).log"
    let process = pid_t(try Program.output("\(program) >\(log) 2>&1 </dev/null & echo $!").dropLast()) ?? 0
    defer {
        kill(process, SIGTERM)
        unlink(log)
    }
    let loop = EventLoop(index: 1)
    let megabytes = try await onLoop(loop) { domain in
        for _ in 0..<500 where try !Program.output("cat \(log)").contains("\"ready\"") {
            try await domain.sleep(for: .milliseconds(20))
        }
        // What the start allocated and gave back settles within a moment.
        try await domain.sleep(for: .milliseconds(500))
        return try ProcessMemory.privateMegabytes(of: process)
    }
    figures.add("idlePrivateMb", megabytes, "private memory of a process at rest, up to 12")
}

func requiredVariable(_ name: String) throws -> String {
    guard let value = getenv(name) else {
        throw Program.Failed(
            description: "\(name) is not set: run `make bench-runtime`, or scripts/with-stores before the program")
    }
    return String(cString: value)
}
