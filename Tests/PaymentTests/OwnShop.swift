import Model
import TestSupport
import Testing

extension Trait where Self == OwnTables {
    /// Each test has all tables for itself.
    static var ownShop: Self { OwnTables("payments_template", AllMigrations.sets) }
}
