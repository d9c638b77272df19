import Postgres
import Runtime

/// The tables of the database, as a process finds them at its start.
package enum Tables {
    /// Looks at them at the start, and whenever somebody asks whether the process is ready.
    package static func part(_ sets: [MigrationSet], _ stores: Stores, _ launch: Launch) -> Component {
        let (database, log) = (stores.database, launch.log)
        launch.readiness.add("tables") { try await Migrator(database, sets).check() }
        return Component("tables", start: { try await check(sets, of: database, log) })
    }

    /// Without them a process can do little; once they are there it goes on.
    package static func check(_ sets: [MigrationSet], of database: Database, _ log: Logger) async throws {
        do { try await Migrator(database, sets).check() } catch let error as MigrationError {
            log.error("the database is not as it should be; run yardctl migrate", ["error": .error(error)])
        }
    }
}
