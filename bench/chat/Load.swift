import BenchSupport
import Glibc
import Runtime
import Synchronization

/// How much is sent, and for how long.
struct Load {
    enum Pace {
        /// A new message whenever one has arrived everywhere.
        case full
        /// So many a second; how long one takes counts from when it was due.
        case perSecond(Int)
    }

    let people: Int
    let pace: Pace
    var seconds = 5
    /// What is sent before anything counts.
    var warmUp = Duration.milliseconds(1500)
    var announcements: Announcements?
}

/// What came of a load.
struct ChatRun {
    let messagesPerSecond: Double
    /// For each message, by process; the driver's is among them.
    let cpuMicroseconds: [String: Double]
    let deliveries: Latencies
    let answers: Latencies
    let faults: Ledger.Faults
    let otherEvents: Int
    let complaints: [String]

    /// Numbers of messages, over all runs.
    private static let numbers = Atomic<Int>(1)

    static func measure(
        _ load: Load, of crowd: Crowd, on system: ChatSystem, _ domain: isolated LoopDomain
    ) async throws -> ChatRun {
        let bound = LoopBound(
            try ChatDriver(
                crowd.first(load.people), port: system.port, firstNumber: numbers.load(ordering: .relaxed)),
            to: domain.loop)
        let driver = bound.value(on: domain)
        try await driver.open(on: domain)
        defer { driver.close(on: domain) }
        // What comes with the openings is over by then.
        try await domain.sleep(for: .milliseconds(500))
        driver.begin(load, on: domain)
        let pacer = Pacer(bound, load.pace)
        try await domain.sleep(for: load.warmUp)

        let ledger = driver.ledger
        let (cpu, start, completed) = (try system.cpu, MonotonicTime.now, ledger.completed)
        ledger.measuredSince = start
        try await domain.sleep(for: .seconds(load.seconds))
        let used = try system.cpu.merging(cpu) { $0 - $1 }
        let (time, count) = (MonotonicTime.now - start, Double(ledger.completed - completed))

        driver.stop()
        pacer.stop()
        driver.sendWhatIsDue(on: domain)
        let limit = MonotonicTime.now + .seconds(20)
        while !driver.isDone, .now < limit { try await domain.sleep(for: .milliseconds(10)) }
        driver.abandon()
        // Whatever else comes would be one too many.
        try await domain.sleep(for: .milliseconds(200))
        ledger.close()
        numbers.store(ledger.next, ordering: .relaxed)
        system.emptyLogs()
        return ChatRun(
            messagesPerSecond: count / time.inSeconds,
            cpuMicroseconds: used.mapValues { $0.inSeconds * 1_000_000 / max(count, 1) }, deliveries: ledger.deliveries,
            answers: ledger.answers, faults: ledger.faults, otherEvents: ledger.otherEvents,
            complaints: ledger.complaints)
    }
}

/// Says on time that a message is due: the loop's own timers count in whole milliseconds.
private final class Pacer: Sendable {
    private let isOver = Atomic<Bool>(false)

    init(_ driver: LoopBound<ChatDriver>, _ pace: Load.Pace) {
        guard case .perSecond(let rate) = pace else { return }
        Thread.start(name: "pacer") { [self] in
            var due = MonotonicTime.now.nanoseconds
            while !isOver.load(ordering: .relaxed) {
                due += 1_000_000_000 / UInt64(rate)
                var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &time, nil)
                driver.loop.execute { driver.value(on: $0).sendWhatIsDue(on: $0) }
            }
        }
    }

    func stop() { isOver.store(true, ordering: .relaxed) }
}
