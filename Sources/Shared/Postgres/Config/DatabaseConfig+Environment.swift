import CPostgres
import Runtime

/// The `DATABASE_…` variables.
extension DatabaseConfig: ConfigGroup {
    public init(from reader: inout ConfigReader) {
        url = reader.require("DATABASE_URL", .databaseURL)
        poolSize = reader.read("DATABASE_POOL_SIZE", .int(in: 1...1000), default: poolSize)
    }
}

extension Setting where Value == Secret {
    /// Checked by libpq, whose complaint is not repeated: it may quote the password.
    static let databaseURL = Setting(
        example: "postgres://user:password@localhost/switchyard", placeholder: Secret(""), isSecret: true
    ) { text throws(ConfigMistake) in
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
            throw ConfigMistake("does not begin with postgres:// or postgresql://")
        }
        guard PostgresLibrary.isUnderstood(text) else {
            throw ConfigMistake("is not a URL that PostgreSQL understands")
        }
        return Secret(text)
    }
}
