import Glibc

/// The test process's own environment.
package enum Environment {
    package static subscript(name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// A variable that `scripts/with-stores` sets.
    static func required(_ name: String) throws(StoresMissing) -> String {
        guard let value = self[name], !value.isEmpty else { throw StoresMissing(variable: name) }
        return value
    }
}

/// Tells how to run the tests that need PostgreSQL or Redis.
package struct StoresMissing: Error, CustomStringConvertible {
    let variable: String

    package var description: String {
        "\(variable) is not set: run `make test`, or `scripts/with-stores swift test --filter …`"
    }
}
