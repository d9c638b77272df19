import Model
import Postgres
import Queue
import Runtime

/// Owes the mail of a forgotten password, if the address is somebody's.
package struct AnswerForgottenPasswordHandler: JobHandler {
    package init() {}

    /// Runs twice at worst, of which one commits.
    package func handle(_ job: AnswerForgottenPassword, _ context: JobContext) async throws {
        try await context.transaction { try await job.answer(on: $0) }
    }
}

/// Packs what is kept about a person.
package struct BuildAccountExportHandler: JobHandler {
    package init() {}

    /// The archive is written in the transaction that ends the job: a run that is cut off leaves nothing of it.
    package func handle(_ job: BuildAccountExport, _ context: JobContext) async throws {
        try await context.transaction(.repeatableRead) { try await job.build(on: $0) }
    }
}

/// Deletes an account whose time has come.
package struct DeleteAccountHandler: JobHandler {
    package init() {}

    /// All steps and the report are one transaction: an account is there, or gone.
    package func handle(_ job: DeleteAccount, _ context: JobContext) async throws {
        try await context.transaction { try await job.erase(at: .now, on: $0) }
        context.logger.info("an account was deleted")
    }
}

/// Removes what has served its time.
package struct PruneAccountsHandler: JobHandler {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// What is gone cannot be removed twice.
    package func handle(_ job: PruneAccounts, _ context: JobContext) async throws {
        for removed in try await job.prune(at: .now, on: database) where removed.rows > 0 {
            context.logger.info(
                "old rows of accounts were removed", ["what": .string(removed.name), "rows": .int(removed.rows)])
        }
    }
}
