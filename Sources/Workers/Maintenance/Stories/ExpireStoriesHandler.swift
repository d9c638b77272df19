import Model
import Postgres
import Queue
import Runtime

/// Removes stories whose time is over.
package struct ExpireStoriesHandler: JobHandler {
    private let database: Database

    package init(database: Database) { self.database = database }

    /// What is gone cannot be removed twice.
    package func handle(_ job: ExpireStories, _ context: JobContext) async throws {
        let count = try await job.run(at: .now, on: database)
        if count > 0 { context.logger.info("stories have expired", ["stories": .int(count)]) }
    }
}
