import Postgres
import Runtime

/// The queue's tables, as a process finds them at its start.
enum QueueTables {
    /// Without them a process can do little; once they are there it goes on.
    static func check(_ database: Database, _ log: Logger) async throws {
        do { try await Migrator(database, [QueueMigrations.all]).check() } catch let error as MigrationError {
            log.error("the database is not as it should be; run yardctl migrate", ["error": .error(error)])
        }
    }
}
