import Runtime

extension Setting where Value == Secret {
    /// What libpq understands as an address. Not quoted when wrong: it may hold a password.
    package static let databaseURL = Setting(
        example: "postgresql://switchyard@localhost/switchyard", placeholder: Secret(""), isSecret: true
    ) { text throws(ConfigMistake) in
        guard PostgresLibrary.isUnderstood(text) else { throw ConfigMistake("is not a PostgreSQL URL") }
        return Secret(text)
    }
}
