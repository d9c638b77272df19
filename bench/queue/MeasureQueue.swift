import BenchSupport
import Glibc
import QueueBench
import Redis
import Runtime

/// All figures of the queue, beside those of other systems in the same run; or only the parts that are named as
/// arguments: `lanes`, `bulk`, `awaited`, `latency`, `storms`, `memory`, `traces`, `durable`.
func measureQueue() async throws {
    let group = LoopGroup(count: 1)
    let options = try RedisOptions(url: try variable("REDIS_URL"))
    let logger = Logger(level: .warning, sink: LogWriter(process: "bench-queue", format: .json))
    let bench = Yardstick(options, prefix: "bench:", loops: group, logger: logger)
    let redis = RedisClient(options, on: group)
    // Only the figures that say so are taken with an append-only file.
    _ = try await redis.call("CONFIG", "SET", "appendonly", "no")
    var figures = Figures()
    let wanted = Set(CommandLine.arguments.dropFirst())
    func wants(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }
    if wants("lanes") { try await measureLanes(bench, redis, into: &figures) }
    if wants("bulk") { try await measureBulk(bench, into: &figures) }
    if wants("awaited") { try await measureAwaited(bench, into: &figures) }
    if wants("latency") { try await measureLatency(bench, into: &figures) }
    if wants("storms") { try await measureStorms(bench, into: &figures) }
    if wants("memory") { try await measureWorkerMemory(options, on: group, into: &figures) }
    if wants("traces") { try await measureTraces(bench, on: group, into: &figures) }
    if wants("durable") { try await measureDurable(bench, try variable("DATABASE_URL"), into: &figures) }
    figures.print()
}

private func measureLanes(_ bench: Yardstick, _ redis: RedisClient, into figures: inout Figures) async throws {
    var plain: [Double] = []
    var sidekiq: [Double] = []
    let peers = Peer.all(python: try variable("SWITCHYARD_BENCH_PYTHON"))
    var commands = 0.0
    var cpu = 0.0
    // Side by side, so that both meet the same moments of the machine.
    for _ in 0..<3 {
        let ours = try await Throughput.measure(jobs: 500_000, on: bench)
        plain.append(ours.jobsPerSecond)
        (commands, cpu) = (ours.commandsPerJob, ours.cpuMicrosecondsPerJob)
        sidekiq.append(try await peers[0].rate(redis))
    }
    let (rate, theirs) = (middle(plain), middle(sidekiq))
    figures.add("jobsPerSecond", rate, digits: 0, "no-op jobs by one worker process, plain lane")
    figures.add("sidekiqPerSecond", theirs, digits: 0, "Debian's Sidekiq, best concurrency, in turn with ours")
    figures.add("ratioSidekiq", rate / theirs, digits: 1, "at least 12")
    figures.add("redisCommandsPerJob", commands, "calls inside scripts included")
    figures.add("cpuMicrosecondsPerJob", cpu, "of the worker process")
    let managed = try await Throughput.measure(jobs: 200_000, unique: true, on: bench).jobsPerSecond
    figures.add("jobsPerSecondManaged", managed, digits: 0, "with a unique key each")
    figures.add("ratioSidekiqManaged", managed / theirs, digits: 1, "at least 5")
    try await measureAppendOnly(bench, redis, peers[0], into: &figures)
    for peer in peers.dropFirst() {
        let rate = try await peer.rate(redis)
        figures.add("\(peer.name.lowercased())PerSecond", rate, digits: 0, peer.name)
        figures.add("ratio\(peer.name)", middle(plain) / rate, digits: 0)
    }
}

private func measureAppendOnly(
    _ bench: Yardstick, _ redis: RedisClient, _ peer: Peer, into figures: inout Figures
) async throws {
    _ = try await redis.call("CONFIG", "SET", "appendonly", "yes")
    let ours = try await Throughput.measure(jobs: 500_000, on: bench).jobsPerSecond
    let theirs = try await peer.rate(redis)
    _ = try await redis.call("CONFIG", "SET", "appendonly", "no")
    figures.add("jobsPerSecondAof", ours, digits: 0, "the same with appendonly everysec")
    figures.add("ratioSidekiqAof", ours / theirs, digits: 1, "at least 10")
}

private func measureBulk(_ bench: Yardstick, into figures: inout Figures) async throws {
    let bulk = try await Enqueueing.bulkPerSecond(jobs: 1_000_000, on: bench)
    figures.add("bulkEnqueuePerSecond", bulk, digits: 0, "at least 1,000,000")
    let bytes = try await Enqueueing.bytesOverPayload(jobs: 100_000, on: bench)
    figures.add("redisBytesOverPayload", bytes, digits: 1, "up to 60")
}

private func measureAwaited(_ bench: Yardstick, into figures: inout Figures) async throws {
    let awaited = try await Enqueueing.awaitedPerSecond(tasks: 64, each: 5000, on: bench)
    figures.add("awaitedEnqueuePerSecond", awaited, digits: 0, "64 tasks, one job each at a time, at least 150,000")
}

private func measureLatency(_ bench: Yardstick, into figures: inout Figures) async throws {
    let latency = try await Latency.whenIdle(jobs: 300, on: bench)
    figures.add("idleP50Ms", latency.p50.inSeconds * 1000, "from enqueue to start, worker asleep, below 0.3")
    figures.add("idleP99Ms", latency.p99.inSeconds * 1000, "below 1.5")
}

private func measureStorms(_ bench: Yardstick, into figures: inout Figures) async throws {
    let storm = try await Storms.due(jobs: 100_000, on: bench)
    figures.add("dueStormSeconds", storm.all.inSeconds, "100,000 jobs due in the same second have started, within 2")
    figures.add("dueStormOtherMs", storm.another.inSeconds * 1000, "a job enqueued meanwhile, below 50")
    let noisy = try await Storms.noisyKey(jobs: 100_000, on: bench)
    figures.add("noisyKeyMs", noisy.inSeconds * 1000, "a job beside a key with 100,000, below 50")
}

private func measureDurable(_ bench: Yardstick, _ url: String, into figures: inout Figures) async throws {
    let durable = try await DurableBench(bench, databaseURL: url)
    let rate = try await durable.jobsPerSecond(jobs: 100_000)
    figures.add("durablePerSecond", rate, digits: 0, "outbox, push, run, row deleted; at least 40,000")
    let slowest = try await durable.slowestQuestion(letters: 1_000_000)
    figures.add(
        "deadListMs", slowest.inSeconds * 1000, digits: 1,
        "slowest of ten questions to 1,000,000 dead letters, below 100")
    await durable.close()
}

private func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

private func variable(_ name: String) throws -> String {
    guard let value = getenv(name) else {
        throw Program.Failed(description: "\(name) is not set: run `make bench-queue`")
    }
    return String(cString: value)
}
