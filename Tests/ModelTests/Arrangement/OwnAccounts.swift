import Model
import TestSupport
import Testing

extension Trait where Self == OwnTables {
    /// Each test has all tables for itself.
    static var ownAccounts: Self { OwnTables("accounts_template", AllMigrations.sets) }
}
