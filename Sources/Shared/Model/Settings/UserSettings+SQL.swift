import Postgres
import Runtime

extension UserSettings.Theme: SQLEncodable, SQLDecodable {}
extension UserSettings.Audience: SQLEncodable, SQLDecodable {}

extension UserSettings: RowDecodable {
    package init(row: Row) throws(RowError) {
        theme = try row["theme"]
        language = try row["language"]
        timeZone = try row["time_zone"]
        messageSound = try row["message_sound"]
        callSound = try row["call_sound"]
        vibration = try row["vibration"]
        messagePreview = try row["message_preview"]
        enterSends = try row["enter_sends"]
        lastSeen = try row["last_seen"]
        photo = try row["photo"]
        status = try row["status"]
        readReceipts = try row["read_receipts"]
        searchable = try row["searchable"]
    }

    static func find(_ user: ID<User>, on sql: some SQLRunner) async throws -> UserSettings? {
        try await sql.first(
            """
            select theme, language, time_zone, message_sound, call_sound, vibration, message_preview, enter_sends,
                last_seen, photo, status, read_receipts, searchable
            from user_settings
            where user_id = \(user)
            """)
    }

    func store(for user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update user_settings
            set theme = \(theme), language = \(language), time_zone = \(timeZone), message_sound = \(messageSound),
                call_sound = \(callSound), vibration = \(vibration), message_preview = \(messagePreview),
                enter_sends = \(enterSends), last_seen = \(lastSeen), photo = \(photo), status = \(status),
                read_receipts = \(readReceipts), searchable = \(searchable), updated_at = \(now)
            where user_id = \(user)
            """)
    }
}
