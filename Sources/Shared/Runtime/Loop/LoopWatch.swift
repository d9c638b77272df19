import Synchronization

/// Measures how late the loops of a process are: each is asked four times a second to look at the clock.
final class LoopWatch: LifecycleComponent {
    let name = "loop watch"
    private static let interval = Duration.milliseconds(250)

    private let loops: LoopGroup
    private let lag: Family<Histogram>
    private let isOn = Atomic<Bool>(false)

    init(_ loops: LoopGroup, _ metrics: MetricsRegistry) {
        self.loops = loops
        lag = metrics.histograms(
            "event_loop_lag_seconds", "How much later than asked a loop came round.", labels: ["loop"])
    }

    func start() async throws {
        isOn.store(true, ordering: .relaxed)
        for loop in loops.loops {
            let lag = lag.with("\(loop.index)")
            loop.execute { [weak self] in self?.ask($0, lag) }
        }
    }

    func stop() async { isOn.store(false, ordering: .relaxed) }

    private func ask(_ domain: isolated LoopDomain, _ lag: Histogram) {
        guard isOn.load(ordering: .relaxed) else { return }
        let due = MonotonicTime.now + Self.interval
        domain.schedule(after: Self.interval) { [weak self] in
            lag.observe(max(MonotonicTime.now - due, .zero).inSeconds)
            self?.ask(domain, lag)
        }
    }
}
