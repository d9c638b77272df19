import Redis
import Runtime

/// Whether anything is stuck in a queue. Looks at a bounded part of it.
package struct QueueChecks: Sendable {
    private let queue: QueueName
    private let redis: RedisClient
    private let prefix: String
    private var keys: QueueKeys { QueueKeys(prefix: prefix, queue: queue) }

    package init(_ queue: QueueName, redis: RedisClient, prefix: String) {
        self.queue = queue
        self.redis = redis
        self.prefix = prefix
    }

    /// What is wrong; nothing when nothing is. Whoever examines many queues looks for workers once.
    package func findings(among known: [WorkerView]? = nil) async throws -> [Finding] {
        let overview = try await QueueOverview.read(queue, from: redis, prefix: prefix)
        let all = if let known { known } else { try await WorkerDirectory(redis: redis, prefix: prefix).workers() }
        let workers = all.filter { $0.queues.contains(queue.name) }
        var found = books(overview.balance) + service(overview, workers) + deadOnTheirWay(overview.balance)
        found += try await staleLeases()
        found += try await orphanedHashes()
        found += try await parkedJobs()
        found += try await UniqueKeyCheck(queue, redis: redis, keys: keys).findings(overview.balance)
        return found
    }

    private func finding(_ level: Finding.Level, _ check: String, _ text: String, _ advice: String) -> Finding {
        Finding(level, queue.name, check, text, advice: advice)
    }

    private static func jobs(_ count: Int, _ one: String, _ many: String) -> String {
        count == 1 ? "1 job \(one)" : "\(count) jobs \(many)"
    }

    private func books(_ balance: Balance) -> [Finding] {
        guard balance.difference != 0 else { return [] }
        let what =
            balance.difference > 0
            ? "\(Self.jobs(balance.difference, "is", "are")) nowhere" : "\(-balance.difference) too many"
        return [
            finding(
                .problem, "books", "the books are off: \(what)",
                "yardctl ledger \(queue) shows the counts, and writes them off with --write-off. After a loss of Redis' memory the relay brings durable jobs back."
            )
        ]
    }

    private func service(_ overview: QueueOverview, _ workers: [WorkerView]) -> [Finding] {
        let balance = overview.balance
        let age = overview.oldestReady.map { Timestamp.now - $0 } ?? .zero
        if let idle = allQuiet(workers, waiting: balance.ready + balance.suspect) { return [idle] }
        guard balance.ready + balance.suspect > 0 else { return [] }
        if overview.settings.isPaused {
            return [
                finding(
                    .warning, "paused", "is paused, and \(Self.jobs(balance.ready, "is", "are")) ready",
                    "yardctl resume \(queue), if that is not wanted any more.")
            ]
        }
        if balance.workers == 0 {
            return [
                finding(
                    .problem, "no-workers",
                    "\(Self.jobs(balance.ready + balance.suspect, "is", "are")) ready and no worker serves it",
                    "Start a worker that has handlers for it; yardctl workers lists those there are.")
            ]
        }
        guard age > .minutes(5) else { return [] }
        return [
            finding(
                .warning, "slow", "the next job has been ready for \(age.milliseconds / 60_000) minutes",
                "Start more workers, or look for a limit: yardctl limits \(queue).")
        ]
    }

    /// They hold leases, but take nothing: worth knowing before there is something to take.
    private func allQuiet(_ workers: [WorkerView], waiting: Int) -> Finding? {
        guard !workers.isEmpty, workers.allSatisfy({ $0.state == "quiet" || $0.isSilent }) else { return nil }
        let those = workers.contains { $0.isSilent } ? "quiet or silent" : "quiet"
        return finding(
            waiting > 0 ? .problem : .warning, "quiet-workers",
            "all its workers are \(those)" + (waiting > 0 ? ", and \(Self.jobs(waiting, "is", "are")) ready" : ""),
            "Restart them, or start others: a quiet worker stays quiet. yardctl workers --queue \(queue)")
    }

    private func deadOnTheirWay(_ balance: Balance) -> [Finding] {
        guard balance.unstored > 100 else { return [] }
        return [
            finding(
                .warning, "unstored", "\(balance.unstored) dead jobs are not in PostgreSQL yet",
                "Is a scheduler running? It stores them.")
        ]
    }

    // MARK: Leases

    private func staleLeases() async throws -> [Finding] {
        let leases = try await WorkerDirectory(redis: redis, prefix: prefix).leases(in: queue)
        let stale = leases.filter { $0.rest < .seconds(-5) }
        guard let worst = stale.min(by: { $0.rest < $1.rest }) else { return [] }
        return [
            finding(
                .problem, "stale-worker",
                "\(stale.count == 1 ? "1 lease has" : "\(stale.count) leases have") ended and nobody has taken the jobs, the oldest \(-worst.rest.milliseconds / 1000) s ago",
                "Start a worker of the queue or a scheduler: either of them takes the jobs back (\(worst.incarnation))."
            )
        ]
    }

    /// Jobs under a name that has no lease: nobody will ever take them back.
    private func orphanedHashes() async throws -> [Finding] {
        var orphans: [String] = []
        for key in try await names(matching: "leased:*") {
            let incarnation = String(key.dropFirst(keys.leased("").count))
            if try await redis.call("ZSCORE", keys.workers, incarnation).isNull,
                try await redis.call("EXISTS", key).int == 1
            {
                orphans.append(incarnation)
            }
        }
        guard let first = orphans.first else { return [] }
        return [
            finding(
                .problem, "orphaned-jobs",
                "\(orphans.count == 1 ? "1 worker" : "\(orphans.count) workers") left jobs without a lease, such as \(first)",
                "Give it a lease that has ended, and recovery takes its jobs: redis-cli zadd '\(keys.workers)' 0 '\(first)'"
            )
        ]
    }

    private func names(matching pattern: String) async throws -> [String] {
        var names: [String] = []
        var cursor = "0"
        repeat {
            let answer = try await redis.call(
                "SCAN", cursor, "MATCH", keys.base.escapedForMatch + pattern, "COUNT", 2000
            ).expectArray()
            cursor = answer.first?.string ?? "0"
            names += answer.last?.array?.compactMap(\.string) ?? []
        } while cursor != "0"
        return names
    }

    // MARK: Parked

    /// A finding for each reason that there is.
    private func parkedJobs() async throws -> [Finding] {
        let page = try await JobListing(queue, redis: redis, prefix: prefix).page(.parked, limit: 1000)
        let byObstacle = Dictionary(grouping: page.jobs) { $0.envelope.options.obstacle ?? .unknownKind }
        return byObstacle.sorted { $0.key.reason < $1.key.reason }.map { obstacle, jobs in
            let kinds = Set(jobs.map(\.envelope.kind)).sorted().prefix(5).joined(separator: ", ")
            let isAll = page.next == nil
            let count = jobs.count == 1 && isAll ? "1 job is" : "\(jobs.count)\(isAll ? "" : " or more") jobs are"
            return finding(
                .warning, obstacle.check, "\(count) parked, as \(obstacle.reason): \(kinds)",
                "\(obstacle.advice) After a day they are dead. yardctl jobs list \(queue) --state parked")
        }
    }
}

extension Obstacle {
    fileprivate var check: String {
        switch self {
        case .unknownKind: "parked"
        case .newerSchema: "parked-newer"
        case .noDatabase: "parked-no-database"
        case .noKey: "parked-no-key"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .unknownKind: "Deploy a worker with a handler for it, or cancel them."
        case .newerSchema: "Deploy the workers that know the newer payload."
        case .noDatabase: "Give the queue a worker that has a database."
        case .noKey: "Give the workers that key as well: JOB_ENCRYPTION_KEYS takes older ones behind the newest."
        }
    }
}
