import Postgres
import Runtime

/// Something of a person's own that changed, so that their other devices know what to read anew.
package enum UserChange {
    /// Of what kind it is; the names go over the wire.
    package struct Subject: Sendable, Hashable {
        let name: String

        package init(_ name: StaticString) { self.name = "\(name)" }

        package static let profile = Subject("profile")
        package static let settings = Subject("settings")
        package static let blocks = Subject("blocks")
    }
}
