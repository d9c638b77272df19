import Model
import Queue

/// The handlers of the maintenance worker: a line for each.
package func maintenanceHandlers(_ worker: WorkerProcess) -> [AnyHandler] {
    [
        AnyHandler(AnswerForgottenPasswordHandler()),
        AnyHandler(BuildAccountExportHandler()),
        AnyHandler(DeleteAccountHandler()),
        AnyHandler(PruneAccountsHandler(database: worker.database)),
        AnyHandler(ExpireStoriesHandler(database: worker.database)),
    ] + upkeepHandlers(worker.database)
}
