import JSON
import Postgres
import Runtime

/// A file of an export. A noun that keeps something about people adds one to `all`.
package struct ExportSection: Sendable {
    let name: String
    /// The file's JSON.
    let load: @Sendable (ID<User>, any SQLRunner) async throws -> String

    package static var all: [ExportSection] {
        [
            ExportSection(name: "account.json", load: account),
            ExportSection(name: "settings.json", load: settings),
            ExportSection(name: "sessions.json", load: sessions),
            ExportSection(name: "identities.json", load: identities),
            ExportSection(name: "blocks.json", load: blocks),
            ExportSection(name: "security.json", load: security),
            ExportSection(name: "conversations.json", load: memberships),
            ExportSection(name: "reactions.json", load: reactions),
            ExportSection(name: "votes.json", load: votes),
            ExportSection(name: "auto_reply.json", load: autoReply),
            ExportSection(name: "notification_preferences.json", load: notificationPreferences),
            ExportSection(name: "drafts.json", load: drafts),
            ExportSection(name: "scheduled.json", load: scheduledMessages),
            ExportSection(name: "saved.json", load: savedMessages),
            ExportSection(name: "notifications.json", load: notifications),
            ExportSection(name: "devices.json", load: devices),
            ExportSection(name: "media.json", load: media),
            ExportSection(name: "stories.json", load: stories),
            ExportSection(name: "payments.json", load: payments),
            ExportSection(name: "invoices.json", load: invoices),
        ]
    }
}
