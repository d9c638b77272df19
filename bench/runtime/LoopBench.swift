import BenchSupport
import Runtime

/// An actor of its own on the loop's thread, as a service would be.
private actor Counter {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var count = 0

    init(on loop: EventLoop) { self.loop = loop }

    func raise() -> Int {
        count += 1
        return count
    }
}

func measureLoop(_ loop: EventLoop, into figures: inout Figures) async throws {
    let calls = 1_000_000
    let counter = Counter(on: loop)
    let callNanoseconds = try await onLoop(loop) { _ in
        await median { await cpuNanoseconds(per: calls) { for _ in 0..<calls { _ = await counter.raise() } } }
    }
    figures.add("sameLoopCallNs", callNanoseconds, digits: 0, "CPU of an actor call on the same loop, below 1000")

    let timers = 100_000
    let timerNanoseconds = try await onLoop(loop) { domain in
        try await median {
            try await cpuNanoseconds(per: timers) {
                let fired = Fired()
                for number in 0..<timers {
                    domain.schedule(after: .microseconds(number % 10_000)) { fired.count += 1 }
                }
                while fired.count < timers { try await domain.sleep(for: .milliseconds(1)) }
            }
        }
    }
    figures.add("timerNs", timerNanoseconds, digits: 0, "CPU of one of 100,000 timers, set and fired, below 1000")
}

private final class Fired {
    var count = 0
}
