import Postgres
import Runtime

extension UserSettings {
    /// A tag such as `es-MX`; English for whoever has no settings any more.
    static func language(of user: ID<User>, on sql: some SQLRunner) async throws -> String {
        let found: String? = try await sql.first("select language from user_settings where user_id = \(user)")
        return found ?? "en"
    }
}
