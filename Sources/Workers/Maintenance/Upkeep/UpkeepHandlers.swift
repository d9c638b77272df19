import Model
import Postgres
import Queue
import Runtime

/// What is looked after at set times.
package func upkeepHandlers(_ database: Database) -> [AnyHandler] {
    [
        AnyHandler(PruneTablesHandler(database: database)),
        AnyHandler(AnalyzeTablesHandler(database: database)),
        AnyHandler(FinishDeletionsHandler()),
        AnyHandler(ReportStatisticsHandler()),
        AnyHandler(ReportLedgerHandler()),
    ]
}

/// Removes what nobody will ask for any more.
struct PruneTablesHandler: JobHandler {
    let database: Database

    /// What is gone cannot be removed twice.
    func handle(_ job: PruneTables, _ context: JobContext) async throws {
        for removed in try await job.prune(at: .now, on: database) where removed.rows > 0 {
            context.logger.info("old rows were removed", ["what": .string(removed.name), "rows": .int(removed.rows)])
        }
    }
}

/// Has PostgreSQL look at the hot tables.
struct AnalyzeTablesHandler: JobHandler {
    let database: Database

    /// Changes nothing but what is known.
    func handle(_ job: AnalyzeTables, _ context: JobContext) async throws { _ = try await job.analyze(on: database) }
}

/// Owes deletions that did not happen.
struct FinishDeletionsHandler: JobHandler {
    /// What is owed already is not owed again, and what is deleted cannot be deleted twice.
    func handle(_ job: FinishDeletions, _ context: JobContext) async throws {
        let count = try await context.transaction { try await job.owe(at: .now, on: $0) }
        if count > 0 { context.logger.warning("deletions were overdue", ["count": .int(count)]) }
    }
}

/// Counts a day.
struct ReportStatisticsHandler: JobHandler {
    /// Counted again, the day has the same report.
    func handle(_ job: ReportStatistics, _ context: JobContext) async throws {
        let counts = try await context.transaction { try await job.make(on: $0) }
        var facts = LogMetadata()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) { facts[name] = .int(count) }
        context.logger.info("statistics of the day", facts)
    }
}

/// Reads the books of the queues.
struct ReportLedgerHandler: JobHandler {
    /// The later reading takes the place of the earlier.
    func handle(_ job: ReportLedger, _ context: JobContext) async throws {
        let off = try await context.transaction { try await job.make(context.queue, on: $0) }
        guard !off.isEmpty else { return context.logger.info("the books of all queues balance") }
        for (queue, difference) in off.sorted(by: { $0.key < $1.key }) {
            context.logger.error(
                "the books of a queue are off", ["queue": .string(queue), "difference": .int(difference)])
        }
    }
}
