import BenchSupport
import Runtime

/// Both servers by turns, so that they meet the same moments of the machine.
extension ChatBench {
    private static let rounds = 3

    /// Of each system the runs that count.
    mutating func compare(
        _ what: String, _ load: Load, on domain: isolated LoopDomain
    ) async throws -> [[ChatRun]] {
        var runs = systems.map { _ in [ChatRun]() }
        for round in 0...Self.rounds {
            for (number, system) in systems.enumerated() {
                let run = try await ChatRun.measure(load, of: crowd, on: system, domain)
                say(what, round, system, run)
                if system.name == "ours" { faults += run.faults } else { othersFaults += run.faults }
                // The first round warms up.
                if round > 0 { runs[number].append(run) }
            }
        }
        return runs
    }

    func say(_ what: String, _ round: Int, _ system: ChatSystem, _ run: ChatRun) {
        let cpu = run.cpuMicroseconds.sorted { $0.key < $1.key }.map { "\($0.key) \(Int($0.value))" }
        let faults = run.faults
        Program.note(
            """
            \(what) \(round) \(system.name): \(Int(run.messagesPerSecond))/s, p50 \(run.deliveries.percentile(0.5)), \
            p99 \(run.deliveries.percentile(0.99)), answers p50 \(run.answers.percentile(0.5)), p99 \(run.answers.percentile(0.99)) ms; µs \
            \(cpu.joined(separator: ", ")); other events \(run.otherEvents); missing \(faults.missing), duplicate \
            \(faults.duplicate), misrouted \(faults.misrouted), out of order \(faults.outOfOrder), refused \
            \(faults.refused), lost \(faults.lostSockets)
            """)
        for complaint in run.complaints { Program.note("    \(complaint)") }
    }

    /// The other system's stand beside ours, under names of their own.
    func name(_ key: String, _ system: String) -> String {
        system == "ours" ? key : system + key.prefix(1).uppercased() + key.dropFirst()
    }

    mutating func add(
        _ key: String, _ runs: [[ChatRun]], digits: Int = 2, _ note: String = "", _ value: (ChatRun) -> Double
    ) {
        for (system, runs) in zip(systems, runs) {
            figures.add(name(key, system.name), middle(runs.map(value)), digits: digits, note)
        }
    }

    /// Round by round.
    mutating func addRatio(
        _ key: String, _ runs: [[ChatRun]], _ note: String, _ value: (ChatRun) -> Double
    ) {
        guard runs.count == 2 else { return }
        figures.add(key, middle(zip(runs[0], runs[1]).map { value($0) / value($1) }), note)
    }
}

func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
