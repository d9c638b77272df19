import BenchSupport
import Glibc
import HTTP
import Model
import PaymentSimulation
import Postgres
import Runtime

/// One api and one worker process as in production, their stores, and a simulator in this process.
func measurePayments() async throws {
    var figures = Figures()
    let loops = LoopGroup(count: 1)
    let simulator = Simulator(base: "", webhooks: nil, http: HTTPClient(on: loops), loops: loops)
    let server = HTTPServer(
        "simulator", on: .tcp(host: "127.0.0.1", port: 0), loops: loops, metrics: MetricsRegistry(), log: .silent,
        handler: { request in try await simulator.handle(request) })
    try await server.start()
    guard let address = server.address else { throw Program.Failed(description: "the simulator does not listen") }
    setenv("PAYMENT_SIMULATOR_URL", "http://\(address)", 1)
    setenv("PAYMENT_PROVIDER", "razorpay", 1)
    setenv("JWT_SECRET", "the secret of a benchmark that nobody needs to keep", 1)
    setenv("RECONCILE_ENABLED", "false", 1)
    setenv("LOG_LEVEL", "warning", 1)
    _ = try Program.output("\(ownFolder)/yardctl migrate 2>&1")
    let database = Database(
        DatabaseConfig(url: try variable("DATABASE_URL")), loops: loops, threads: ThreadPool(name: "names", threads: 1))
    let counter = Counter(database: database, simulator: simulator, loops: loops)
    let processes = try BenchProcesses(in: try variable("SWITCHYARD_TEST_DIR"))
    try await measureIntake(counter, processes, &figures)
    try await measureActivation(counter, processes, &figures)
    try await measureReconciliation(counter, processes, &figures)
    figures.print()
    await server.stop()
}

/// What is under test.
struct BenchProcesses {
    let api: WebProcess
    let others: [WebProcess]

    init(in folder: String) throws {
        let limits = "RATE_LIMIT_MAX_REQUESTS=0 HTTP_CONNECTIONS=0 HTTP_CONNECTIONS_PER_ADDRESS=0"
        api = try WebProcess(
            "api", "exec env \(limits) LISTEN=127.0.0.1:PORT \(ownFolder)/api", folder: folder, readyPath: "/readyz")
        others = try ["worker-payments", "scheduler"].map { name in
            try WebProcess(
                name, "exec env METRICS_LISTEN=127.0.0.1:PORT \(ownFolder)/\(name)", folder: folder,
                readyPath: "/readyz")
        }
    }

    var worker: WebProcess { others[0] }
}

/// How fast webhooks are taken, and how soon they are answered at 2,000 a second.
private func measureIntake(
    _ counter: Counter, _ processes: BenchProcesses, _ figures: inout Figures
) async throws {
    let url = processes.api.url("/webhooks/payments/razorpay")
    Program.note("warming up")
    // As in a shop that is open: of empty tables PostgreSQL makes plans that do not suit full ones.
    try await counter.flood(try await counter.webhooks(3000), to: url, width: 16)
    try await counter.untilProcessed()
    try await counter.untilInvoiced()
    try await counter.analyze()
    kill(processes.worker.identifier, SIGSTOP)
    Program.note("taking webhooks")
    let flood = try await counter.webhooks(12_000)
    try await counter.analyze()
    let most = try await rate(of: flood.count) { try await counter.flood(flood, to: url, width: 48) }
    figures.add("webhooksPerSecond", most, digits: 0, "stored by one api process, 48 at a time")
    let paced = try await counter.webhooks(20_000)
    let waits = try await counter.pace(paced, to: url, perSecond: 2000).sorted()
    figures.add("webhookP50Ms", waits.percentile(0.5), "at 2,000/s, from the time that each was due")
    figures.add("webhookP99Ms", waits.percentile(0.99), "to reach: 10")
    kill(processes.worker.identifier, SIGCONT)
    Program.note("making memberships of \(flood.count + paced.count) webhooks")
    let start = MonotonicTime.now
    try await counter.untilProcessed()
    figures.add(
        "drainedPerSecond", Double(flood.count + paced.count) / (MonotonicTime.now - start).inSeconds, digits: 0,
        "memberships that one worker makes of them")
    try await counter.untilInvoiced()
}

/// From the sending of a webhook to the commit of its membership, at 500 a second.
private func measureActivation(
    _ counter: Counter, _ processes: BenchProcesses, _ figures: inout Figures
) async throws {
    Program.note("from webhook to membership")
    let webhooks = try await counter.webhooks(5000)
    try await counter.analyze()
    let url = processes.api.url("/webhooks/payments/razorpay")
    let waits = try await counter.activations(webhooks, to: url, perSecond: 500).sorted()
    guard waits.count == webhooks.count else {
        throw Program.Failed(description: "\(webhooks.count - waits.count) memberships are missing")
    }
    figures.add("activationP50Ms", waits.percentile(0.5), "webhook sent to membership committed, at 500/s")
    figures.add("activationP99Ms", waits.percentile(0.99), "to reach: 250")
    try await counter.untilInvoiced()
}

/// 100,000 payments there and here, of which 1,000 are not known here.
private func measureReconciliation(
    _ counter: Counter, _ processes: BenchProcesses, _ figures: inout Figures
) async throws {
    Program.note("comparing books")
    try await counter.fillBooks(100_000, unknown: 1000)
    let before = try ProcessMemory.privateMegabytes(of: processes.worker.identifier)
    _ = try Program.output("\(ownFolder)/yardctl payments reconcile --hours 12")
    var most = before
    while true {
        most = max(most, try ProcessMemory.privateMegabytes(of: processes.worker.identifier))
        let run = try await ReconciliationRun.latest(1, on: counter.database).first
        if let run, let end = run.finishedAt {
            guard run.repaired == 1000, run.failure == nil else {
                throw Program.Failed(description: "repaired \(run.repaired), \(run.failure ?? "")")
            }
            figures.add(
                "reconcile100kSeconds", (end - run.startedAt).inSeconds, "1,000 of them put right; to reach: 60")
            figures.add("reconcileRssMb", most, digits: 1, "private memory of the worker at the most; before \(before)")
            return
        }
        usleep(100_000)
    }
}

var ownFolder: String {
    let path = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return path.isEmpty ? "." : path.joined(separator: "/")
}

func variable(_ name: String) throws -> String {
    guard let value = getenv(name) else {
        throw Program.Failed(description: "\(name) is not set: use make bench-payments")
    }
    return String(cString: value)
}

extension [Double] {
    /// Of numbers in order.
    fileprivate func percentile(_ share: Double) -> Double {
        isEmpty ? 0 : self[Swift.min(Int(Double(count) * share), count - 1)]
    }
}
