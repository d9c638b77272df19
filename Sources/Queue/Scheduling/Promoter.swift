import Redis
import Runtime

/// Makes due jobs ready where no worker does it, because all of them are busy or none is there.
package final class Promoter: LifecycleComponent {
    package let name = "promoter"
    /// What one script call moves at most: about a millisecond of Redis' time.
    private static let page = 500

    private let queues: KnownQueues
    private let client: QueueClient
    private let loops: LoopGroup
    private let logger: Logger
    private let chores = ChoreBox()

    package init(_ queues: KnownQueues, client: QueueClient, loops: LoopGroup, logger: Logger) {
        self.queues = queues
        self.client = client
        self.loops = loops
        self.logger = logger.part("promoter")
    }

    package func start() async throws {
        let chores = Chores(
            [Chore("promote", every: .milliseconds(500)) { try await self.promoteAll() }], loops: loops,
            clock: SystemClock(), logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }

    /// A page of each queue. True when there may be more at once.
    func promoteAll() async throws -> Bool {
        var isMore = false
        try await queues.forEach { if try await promote($0) == Self.page { isMore = true } }
        return isMore
    }

    private func promote(_ queue: QueueName) async throws -> Int {
        let base = client.keys(of: queue).base
        FaultPoint.promoteSending.pass()
        defer { FaultPoint.promoteAnswered.pass() }
        let answer = try await client.redis.run(PromoteScript.script, keys: 1, expecting: 2) { writer in
            writer.append(base)
            writer.append(Self.page)
        }
        return try answer.expectArray().first?.int ?? 0
    }
}
