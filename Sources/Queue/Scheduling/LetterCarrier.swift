import Postgres
import Runtime

/// Does what somebody wants done with many dead letters: a second's worth of each at a turn, so that none waits for
/// another. Where it is stopped, another scheduler goes on.
package final class LetterCarrier: LifecycleComponent {
    package let name = "letter carrier"
    /// After so long without a word of who was at it, another takes over.
    private static let hold = Duration.seconds(30)
    private static let page = 500
    /// At a turn, where nobody has chosen a rate.
    private static let turn = 2500

    private let letters: DeadLetters
    private let loops: LoopGroup
    private let logger: Logger
    private let chores = ChoreBox()

    private var database: Database { letters.database }

    package init(_ durable: DurableQueue, loops: LoopGroup, logger: Logger) {
        letters = DeadLetters(durable)
        self.loops = loops
        self.logger = logger.part("letters")
    }

    package func start() async throws {
        let chores = Chores(
            [Chore("bulk changes of letters", every: .seconds(1)) { try await self.takeTurn() }], loops: loops,
            clock: SystemClock(), logger: logger)
        self.chores.put(chores)
        chores.start()
    }

    package func stop() async { await chores.take()?.stop() }

    /// True while there is something to do.
    func takeTurn() async throws -> Bool {
        guard let wait = try await waitForNext() else { return false }
        guard wait <= .zero else {
            try await SystemClock().sleep(for: min(wait, .seconds(1)))
            return true
        }
        guard let operation = try await take() else { return true }
        try await carryOut(operation)
        return true
    }

    /// Until the one that is next has its turn; nil when none is open.
    private func waitForNext() async throws -> Duration? {
        let wait: Double? = try await database.first(
            """
            select greatest(extract(epoch from held_until - clock_timestamp()), 0)::float8
            from letter_operations
            where finished_at is null
            order by held_until
            limit 1
            """)
        return wait.map { .milliseconds(Int64(min($0, 60) * 1000)) }
    }

    private func take() async throws -> LetterOperation? {
        try await database.first(
            """
            update letter_operations set held_until = clock_timestamp() + \(Self.hold)
            where id = (
                select id from letter_operations
                where finished_at is null and held_until <= clock_timestamp()
                order by held_until
                limit 1
                for update skip locked
            )
            returning \(LetterOperation.columns)
            """)
    }

    private func carryOut(_ operation: LetterOperation) async throws {
        let began = Timestamp.now
        var rest = operation.perSecond ?? Self.turn
        var last = operation.last
        while rest > 0 {
            let ids = try await letters.next(
                operation.filter, after: last, through: operation.newest, limit: min(rest, Self.page))
            guard let end = ids.last else { return try await finish(operation) }
            let count = try await operation.action == .retry ? letters.retry(ids) : letters.delete(ids)
            last = end
            rest -= ids.count
            guard try await note(count, last, of: operation) else { return }
        }
        let spent = Timestamp.now - began
        try await release(operation, for: operation.perSecond == nil ? .zero : max(.seconds(1) - spent, .zero))
    }

    /// False when somebody has cancelled it.
    private func note(_ count: Int, _ last: Int64, of operation: LetterOperation) async throws -> Bool {
        try await database.run(
            """
            update letter_operations
            set done = done + \(count), last = \(last), held_until = clock_timestamp() + \(Self.hold)
            where id = \(operation.id) and finished_at is null
            """) > 0
    }

    private func release(_ operation: LetterOperation, for pause: Duration) async throws {
        try await database.run(
            "update letter_operations set held_until = clock_timestamp() + \(pause) where id = \(operation.id)")
    }

    private func finish(_ operation: LetterOperation) async throws {
        try await database.run(
            "update letter_operations set finished_at = now() where id = \(operation.id) and finished_at is null")
        logger.info(
            "a bulk change of letters has ended",
            ["operation": .string("\(operation.id)"), "action": .string(operation.action.rawValue)])
    }
}
