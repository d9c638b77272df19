import BenchSupport
import Glibc
import JSON
import Queue
import QueueBench
import Redis
import Runtime

/// A worker process of its own, as those of the Procfile are made: what it takes at rest, and what 1,000 jobs that run
/// add to that.
func measureWorkerMemory(_ options: RedisOptions, on loops: LoopGroup, into figures: inout Figures) async throws {
    let log = "/tmp/switchyard-bench-\(getpid())-worker.log"
    let environment = "REDIS_PREFIX=\(NapWorker.prefix) WORKER_CONCURRENCY=1200 LOG_FORMAT=json"
    let command = "\(environment) \(CommandLine.arguments[0]) \(NapWorker.argument)"
    let worker = pid_t(try Program.output("\(command) >\(log) 2>&1 </dev/null & echo $!").dropLast()) ?? 0
    defer {
        kill(worker, SIGKILL)
        unlink(log)
    }
    let clock = SystemClock()
    for _ in 0..<500 where try !Program.output("cat \(log)").contains("\"ready\"") {
        try await clock.sleep(for: .milliseconds(20))
    }
    // What the start allocated and gave back settles within a moment.
    try await clock.sleep(for: .seconds(3))
    let atRest = try ProcessMemory.privateMegabytes(of: worker)
    figures.add("workerPrivateMb", atRest, "private memory of a worker process at rest, up to 12")
    let queue = QueueClient(redis: RedisClient(options, on: loops), loops: loops, prefix: NapWorker.prefix)
    try await queue.enqueueAll((0..<1000).map { _ in Nap() })
    while try await Balance.read(queue.keys(of: Nap.queue), from: queue.redis).leased < 1000 {
        try await clock.sleep(for: .milliseconds(20))
    }
    try await clock.sleep(for: .seconds(3))
    let busy = try ProcessMemory.privateMegabytes(of: worker)
    figures.add("workerRunningMb", busy - atRest, "what 1,000 running jobs add to it, up to 10")
}

/// The same program as a worker, whose jobs only sleep.
enum NapWorker {
    static let argument = "--nap-worker"
    static let prefix = "bench-naps:"

    static func run() -> Never { WorkerProcess.run("bench-queue") { _ in [AnyHandler(NapHandler())] } }
}

private struct Nap: Job, Codable {
    static let kind = "bench.nap"
    static let queue = QueueName("bench-naps")
    static let timeLimit = Duration.hours(1)
}

private struct NapHandler: JobHandler {
    /// Leaves nothing behind, however often it runs.
    func handle(_ job: Nap, _ context: JobContext) async throws { try await Task.sleep(for: .seconds(600)) }
}
