import Redis
import Runtime

/// How many workers a queue needs: what comes in takes its places all the time, and what waits is to be gone within a
/// while.
package struct QueueNeed: Sendable {
    package let queue: QueueName
    /// Worker processes that serve it now.
    package let workers: Int
    package let wanted: Int
    package let ready: Int
    package let running: Int
    /// For how long the next job has been ready.
    package let oldest: Duration
    package let runsPerSecond: Double
    /// What a run takes, on the average; nil where none was seen.
    package let runTime: Duration?
    /// Jobs that one worker runs at once.
    package let concurrency: Int
}

extension QueueNeed {
    /// What is decided by those who run it.
    package struct Aim: Sendable {
        /// What waits is to be gone by then.
        package var drain = Duration.seconds(30)
        /// No job is to wait for longer.
        package var patience = Duration.seconds(15)
        /// How much of a worker's places may be taken on the average.
        package var load = 0.75
        package var most = 100

        package init() {}
    }

    /// How the queue stands, and what is known of those who serve it.
    struct Facts {
        var ready = 0
        var running = 0
        var isDueSoon = false
        var oldest = Duration.zero
        var runsPerSecond = 0.0
        var runTime: Duration?
        var workers = 0
        var concurrency = 256
    }

    init(_ queue: QueueName, _ facts: Facts, _ aim: Aim) {
        self.queue = queue
        workers = facts.workers
        ready = facts.ready
        running = facts.running
        oldest = facts.oldest
        runsPerSecond = facts.runsPerSecond
        runTime = facts.runTime
        concurrency = facts.concurrency
        wanted = min(max(Self.byLoad(facts, aim), Self.byAge(facts, aim)), aim.most)
    }

    /// Little's law: places taken are runs a second times what a run takes.
    private static func byLoad(_ facts: Facts, _ aim: Aim) -> Int {
        let isNeeded = facts.ready > 0 || facts.running > 0 || facts.runsPerSecond > 0 || facts.isDueSoon
        guard isNeeded else { return 0 }
        let rate = facts.runsPerSecond + Double(facts.ready) / aim.drain.inSeconds
        let places = max(rate * (facts.runTime ?? .milliseconds(10)).inSeconds, Double(facts.running))
        return max(1, Int((places / (Double(facts.concurrency) * aim.load)).rounded(.up)))
    }

    /// Places do not say how much of a core a job takes. Where jobs wait too long, more are needed than there are,
    /// whatever the places say: at most twice as many, as long as what they do is not seen.
    private static func byAge(_ facts: Facts, _ aim: Aim) -> Int {
        guard facts.ready > 0, facts.workers > 0, facts.oldest > aim.patience else { return 0 }
        let share = min(facts.oldest.inSeconds / aim.patience.inSeconds, 2)
        return Int((Double(facts.workers) * share).rounded(.up))
    }
}

extension QueueNeed {
    /// Of each queue, as the last minutes were.
    package static func all(
        of queues: [QueueName], redis: RedisClient, prefix: String, aim: Aim = Aim(), now: Timestamp = .now
    ) async throws -> [QueueNeed] {
        let profiles = try await WorkerDirectory(redis: redis, prefix: prefix).serving(queues)
        var needs: [QueueNeed] = []
        for queue in queues {
            let overview = try await QueueOverview.read(queue, from: redis, prefix: prefix)
            let span = Duration.minutes(3)
            let seen = try await StatisticsReader(redis: redis, prefix: prefix).recent(queue, within: span, now: now)
            needs.append(QueueNeed(queue, facts(overview, seen.first { $0.kind.isEmpty }, span, profiles, now), aim))
        }
        return needs
    }

    private static func facts(
        _ overview: QueueOverview, _ seen: KindStatistics?, _ span: Duration, _ profiles: [WorkerView],
        _ now: Timestamp
    ) -> Facts {
        var facts = Facts()
        let serving = profiles.filter { $0.queues.contains(overview.queue.name) && $0.state != "quiet" }
        facts.ready = overview.settings.isPaused ? 0 : overview.balance.ready + overview.balance.suspect
        facts.running = overview.balance.leased
        facts.isDueSoon = overview.nextDue.map { $0 < now + .minutes(1) } ?? false
        facts.oldest = overview.oldestReady.map { max(now - $0, .zero) } ?? .zero
        let open = Double(now.microseconds % 60_000_000) / 1e6
        facts.runsPerSecond = Double(seen?.runCount ?? 0) / (span.inSeconds + open)
        facts.runTime = seen?.meanRun
        facts.workers = serving.count
        if !serving.isEmpty { facts.concurrency = max(1, serving.map(\.concurrency).reduce(0, +) / serving.count) }
        return facts
    }
}
