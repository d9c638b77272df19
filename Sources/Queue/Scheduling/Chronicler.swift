import Postgres
import Redis
import Runtime

/// Brings the statistics of all queues into PostgreSQL while Redis still has them.
package final class Chronicler: LifecycleComponent {
    package let name = "chronicler"
    /// What Redis keeps.
    private static let history = 120

    private let queues: KnownQueues
    private let rollUp: StatisticsRollUp
    private let levels: QueueLevels
    private let loops: LoopGroup
    private let logger: Logger
    private let chores = ChoreBox()

    package init(_ queues: KnownQueues, durable: DurableQueue, loops: LoopGroup, logger: Logger) {
        self.queues = queues
        rollUp = StatisticsRollUp(database: durable.database, client: durable.client)
        levels = QueueLevels(database: durable.database, client: durable.client)
        self.loops = loops
        self.logger = logger.part("chronicler")
    }

    package func start() async throws {
        let chores = Chores(
            [
                Chore("statistics", every: .seconds(30)) {
                    try await self.rollUp.run(await self.queues.all()); return false
                },
                Chore("levels", every: .seconds(15)) {
                    try await self.levels.store(await self.queues.all()); return false
                },
                // What nobody stored while no scheduler ran, and what a failure has left out.
                Chore("history", every: .minutes(30)) {
                    try await self.rollUp.run(await self.queues.all(), minutes: Self.history); return false
                },
            ], loops: loops, clock: SystemClock(), logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }
}
