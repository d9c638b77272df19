import Model
import Queue

/// The handlers of the maintenance worker: a line for each.
package func maintenanceHandlers(_ worker: WorkerProcess) -> [AnyHandler] {
    [
        AnyHandler(AnswerForgottenPasswordHandler()),
        AnyHandler(BuildAccountExportHandler()),
        AnyHandler(DeleteAccountHandler()),
        AnyHandler(PruneAccountsHandler(database: worker.database)),
<<<<<<< HEAD
    ] + upkeepHandlers(worker.database)
=======
        AnyHandler(ExpireStoriesHandler(database: worker.database)),
    ]
>>>>>>> b975ba9 (media, stories: files are looked into by children that are shut in; S3; stories for a day)
}
