import BenchSupport
import Glibc
import Runtime

/// All figures of chat; or only the parts that are named as arguments: `full`, `crowd`, `latency`, `idle`, `channel`. `ours` and
/// `node` leave the other out.
func measureChat() async {
    let loop = EventLoop()
    let result = await Task(executorPreference: loop) { try await ChatBench.measure(on: loop.domain) }.result
    guard case .failure(let error) = result else { return }
    Program.note("bench-chat: \(error)")
    exit(1)
}

/// Our processes and the other's, and what is measured of them.
struct ChatBench {
    let systems: [ChatSystem]
    let crowd: Crowd
    private let wanted: Set<String>
    var figures = Figures()
    /// Of our runs, those that warm up included, and of the other's.
    var faults = Ledger.Faults()
    var othersFaults = Ledger.Faults()

    static func measure(on domain: isolated LoopDomain) async throws {
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        let folder = "/tmp/switchyard-bench-\(getpid())"
        guard mkdir(folder, 0o700) == 0 else { throw SystemError.last("mkdir \(folder)") }
        defer { _ = try? Program.output("rm -rf \(folder)") }
        ChatSystem.prepareEnvironment()
        var bench = try ChatBench(folder)
        try await bench.run(on: domain)
        bench.figures.print()
    }

    private init(_ folder: String) throws {
        let words = Set(CommandLine.arguments.dropFirst())
        let names = words.intersection(["ours", "node"])
        wanted = words.subtracting(names)
        crowd = try ChatSystem.people(12_000, inGroupsOf: 10, in: folder)
        var systems: [ChatSystem] = []
        if names != ["node"] { systems.append(try .ours(in: folder)) }
        if names != ["ours"] { systems.append(try .node(in: folder)) }
        self.systems = systems
    }

    private func wants(_ part: String) -> Bool { wanted.isEmpty || wanted.contains(part) }

    private mutating func run(on domain: isolated LoopDomain) async throws {
        if wants("idle") { try await measureIdle(on: domain) }
        if wants("full") { try await measureFull(on: domain) }
        if wants("crowd") { try await measureCrowd(on: domain) }
        if wants("latency") { try await measureLatency(on: domain) }
        if wants("channel") { try await measureChannel(on: domain) }
        add(faults, of: "ours")
        if systems.contains(where: { $0.name == "node" }) { add(othersFaults, of: "node") }
    }

    private mutating func add(_ faults: Ledger.Faults, of system: String) {
        let counts = [
            ("missing", faults.missing, "copies that did not come"), ("duplicate", faults.duplicate, ""),
            ("misrouted", faults.misrouted, ""), ("outOfOrder", faults.outOfOrder, "by rev, on each socket"),
            ("refused", faults.refused, "posts without a 201"), ("lostSockets", faults.lostSockets, ""),
        ]
        for (key, count, note) in counts { figures.add(name(key, system), Double(count), digits: 0, note) }
    }

    // MARK: Parts

    private static let parts = [
        ("api", "cpuUsApi"), ("worker-fanout", "cpuUsFanout"), ("scheduler", "cpuUsScheduler"), ("node", "cpuUs"),
        ("postgres", "cpuUsPostgres"), ("redis", "cpuUsRedis"), ("driver", "cpuUsDriver"),
    ]

    private mutating func measureFull(on domain: isolated LoopDomain) async throws {
        let runs = try await compare("full", Load(people: 1000, pace: .full), on: domain)
        add("messagesPerSecond", runs, digits: 0, "1,000 connections, groups of ten") { $0.messagesPerSecond }
        addRatio("ratioNode", runs, "of Node's messages, at least 2") { $0.messagesPerSecond }
        add("cpuUsPerMessage", runs, digits: 1, "of all processes but the driver") { run in
            run.cpuMicroseconds.reduce(0) { $0 + ($1.key == "driver" ? 0 : $1.value) }
        }
        for (part, key) in Self.parts {
            for (system, runs) in zip(systems, runs) where runs[0].cpuMicroseconds[part] != nil {
                let used = runs.map { $0.cpuMicroseconds[part] ?? 0 }
                figures.add(name(key, system.name), middle(used), digits: 1, "of \(part), a message")
            }
        }
        add("p50MsFull", runs, "delivery, 128 messages under way") { $0.deliveries.percentile(0.5) }
        add("p99MsFull", runs) { $0.deliveries.percentile(0.99) }
    }

    private mutating func measureCrowd(on domain: isolated LoopDomain) async throws {
        let full = try await compare("crowd", Load(people: 12_000, pace: .full), on: domain)
        add("messagesPerSecond12k", full, digits: 0, "12,000 connections") { $0.messagesPerSecond }
        addRatio("ratioNode12k", full, "of Node's messages, at least 1.6") { $0.messagesPerSecond }
        let calm = try await compare("crowd at 1,000/s", Load(people: 12_000, pace: .perSecond(1000)), on: domain)
        add("p99Ms12k", calm, "delivery at 1,000/s, at most 35") { $0.deliveries.percentile(0.99) }
        add("answerP99Ms12k", calm, "of the 201s, at most 150") { $0.answers.percentile(0.99) }
    }

    private mutating func measureLatency(on domain: isolated LoopDomain) async throws {
        for rate in [1000, 2750] {
            let runs = try await compare("\(rate)/s", Load(people: 1000, pace: .perSecond(rate)), on: domain)
            add("p50Ms\(rate)", runs, "delivery at \(rate)/s, from when it was due") { $0.deliveries.percentile(0.5) }
            add("p99Ms\(rate)", runs) { $0.deliveries.percentile(0.99) }
            addRatio("p50RatioNode\(rate)", runs, "of Node's") { $0.deliveries.percentile(0.5) }
            addRatio("p99RatioNode\(rate)", runs, "of Node's") { $0.deliveries.percentile(0.99) }
            add("answerP99Ms\(rate)", runs, "of the 201s") { $0.answers.percentile(0.99) }
        }
    }

    private mutating func measureIdle(on domain: isolated LoopDomain) async throws {
        for system in systems {
            // What the first ones bring with them belongs to the process.
            let first = try ChatDriver(crowd.first(100), port: system.port, firstNumber: 0)
            try await first.open(on: domain)
            try await domain.sleep(for: .seconds(2))
            let before = try system.privateBytes
            let others = try ChatDriver(crowd, port: system.port, firstNumber: 0)
            try await others.open(on: domain)
            try await domain.sleep(for: .seconds(2))
            let bytes = (try system.privateBytes - before) / Double(crowd.people.count)
            figures.add(
                name("bytesPerIdleSocket", system.name), bytes, digits: 0, "private memory, of 12,000; at most 8192")
            first.close(on: domain)
            others.close(on: domain)
            try await domain.sleep(for: .seconds(1))
        }
    }
}

private func raiseDescriptorLimit() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(files, &limit)
}
