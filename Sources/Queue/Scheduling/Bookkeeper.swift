import Postgres
import Redis
import Runtime
import Synchronization

/// Compares the books of all queues, and shows how they stand.
package final class Bookkeeper: LifecycleComponent {
    package let name = "bookkeeper"
    package static let interval = Duration.seconds(10)
    /// After so many looks what is too much, and stays so, is taken for what something else wrote into the queue. What is
    /// missing is not: that stays an alarm until somebody writes it off.
    static let patience = 6

    let queues: KnownQueues
    let durable: DurableQueue
    private let loops: LoopGroup
    let gauges: QueueGauges
    private let logger: Logger
    private let chores = ChoreBox()
    /// What was missing when last looked, and what was said of it.
    private let missing = Mutex<[QueueName: Finding]>([:])

    private struct Finding {
        var difference = 0
        var reported = 0
        /// How often the same difference was seen in a row.
        var looks = 0
    }

    package init(
        _ queues: KnownQueues, durable: DurableQueue, loops: LoopGroup, metrics: MetricsRegistry, logger: Logger
    ) {
        self.queues = queues
        self.durable = durable
        self.loops = loops
        gauges = QueueGauges(metrics)
        self.logger = logger.part("bookkeeper")
    }

    package func start() async throws {
        let chores = Chores(
            [
                Chore("books", every: Self.interval) {
                    try await self.checkAll(); return false
                },
                Chore("outbox", every: Self.interval) {
                    try await self.lookAtOutbox(); return false
                },
                Chore("need", every: Self.interval) {
                    try await self.showNeed(); return false
                },
            ], loops: loops, clock: SystemClock(), logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }

    func checkAll() async throws {
        try await queues.forEach { queue in
            let keys = durable.client.keys(of: queue)
            let balance = try await Balance.read(keys, from: durable.client.redis)
            gauges.show(balance, of: queue)
            if judge(balance, of: queue), try await balance.writeOff(keys, in: durable.client.redis) {
                logger.warning(
                    "jobs that nobody enqueued are counted as foreign",
                    ["queue": "\(queue)", "jobs": .int(-balance.difference)])
            }
            gauges.show(oldestReady: try await ageOfNext(keys), of: queue)
        }
        try await countLetters()
    }

    // MARK: Books

    /// Once may be a job between two of its places; twice is an error. True when it is to be written off.
    private func judge(_ balance: Balance, of queue: QueueName) -> Bool {
        let difference = balance.difference
        let (isWrong, isNews, looks) = missing.withLock { missing -> (Bool, Bool, Int) in
            var finding = missing[queue] ?? Finding()
            finding.looks = difference == finding.difference ? finding.looks + 1 : 1
            let isWrong = difference != 0 && finding.difference != 0
            let isNews = isWrong && finding.reported != difference
            finding.difference = difference
            if isNews || difference == 0 { finding.reported = difference }
            missing[queue] = finding
            return (isWrong, isNews, finding.looks)
        }
        gauges.show(difference: isWrong ? difference : 0, of: queue)
        if isNews { tell(balance, of: queue) }
        return difference < 0 && looks >= Self.patience
    }

    private func tell(_ balance: Balance, of queue: QueueName) {
        logger.error(
            "the books of a queue do not balance",
            [
                "queue": "\(queue)", "difference": .int(balance.difference), "enqueued": .int(balance.enqueued),
                "repushed": .int(balance.repushed), "foreign": .int(balance.foreign), "done": .int(balance.done),
                "dead": .int(balance.dead),
                "cancelled": .int(balance.cancelled), "expired": .int(balance.expired),
                "lost": .int(balance.lost), "waiting": .int(balance.waiting), "leased": .int(balance.leased),
            ])
    }

    // MARK: Age

    /// For how long the job has been ready that is next of its list.
    private func ageOfNext(_ keys: QueueKeys) async throws -> Duration {
        let turn = try await durable.client.redis.call("ZRANGE", keys.keyRing, 0, 15).expectArray()
        let lists = Priority.allCases.map { keys.ready($0) } + turn.compactMap(\.string).map { keys.keyList($0) }
        let heads = try await durable.client.redis.pipeline { writer in
            for list in lists {
                writer.command("LINDEX", expecting: 2)
                writer.append(list)
                writer.append(-1)
            }
        }
        let since = heads.compactMap { $0.bytes.flatMap { EnvelopeView($0) } }.map(\.readySince).min()
        return since.map { max(.now - $0, .zero) } ?? .zero
    }

    // MARK: Dead letters

    private func countLetters() async throws {
        let counts: [(String, Int)] = try await durable.database.all(
            "select queue, sum(waiting)::bigint from dead_letter_groups group by queue")
        let byQueue = Dictionary(counts, uniquingKeysWith: +)
        for queue in await queues.all() { gauges.show(deadLetters: byQueue[queue.name] ?? 0, of: queue) }
    }
}
