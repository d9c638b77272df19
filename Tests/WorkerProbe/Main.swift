import Glibc
import JSON
import Queue
import Runtime

/// A worker as those of the Procfile are made, with handlers that a test can watch.
@main
struct Main {
    static func main() { runProcess() }
}

private func runProcess() -> Never {
    WorkerProcess.run("worker-probe") { _ in [AnyHandler(NapHandler()), AnyHandler(StuckHandler())] }
}

/// Takes its time.
private struct Nap: Job, Codable {
    static let kind = "probe.nap"
    static let queue = QueueName("naps")
    let milliseconds: Int
}

/// Runs twice when a drain interrupts it; a nap leaves nothing behind.
private struct NapHandler: JobHandler {
    func handle(_ job: Nap, _ context: JobContext) async throws {
        try await Task.sleep(for: .milliseconds(job.milliseconds))
    }
}

/// Never comes back, though its loop goes on turning.
private struct Stuck: Job, Codable {
    static let kind = "probe.stuck"
    static let queue = Nap.queue
    static let timeLimit = Duration.milliseconds(50)
}

/// Has no effect that could happen twice.
private struct StuckHandler: JobHandler {
    func handle(_ job: Stuck, _ context: JobContext) async throws {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
}
