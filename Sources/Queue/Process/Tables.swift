import Postgres
import Runtime

/// The tables of the database, as a process finds them at its start.
package enum Tables {
    /// Without them a process can do little; once they are there it goes on.
    package static func check(_ sets: [MigrationSet], of database: Database, _ log: Logger) async throws {
        do { try await Migrator(database, sets).check() } catch let error as MigrationError {
            log.error("the database is not as it should be; run yardctl migrate", ["error": .error(error)])
        }
    }
}
