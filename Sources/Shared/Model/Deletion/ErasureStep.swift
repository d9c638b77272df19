import Postgres
import Runtime

/// What goes, or becomes nobody's, when an account is deleted. A noun that keeps something about people adds a step to
/// `all`; the row of the person itself is the last.
package struct ErasureStep: Sendable {
    /// The name in the report.
    let name: String
    /// Answers how many rows it was.
    let erase: @Sendable (ID<User>, any SQLRunner) async throws -> Int

    package static var all: [ErasureStep] {
        [
            ErasureStep(name: "sessions", erase: sessions),
            ErasureStep(name: "credentials", erase: credentials),
            ErasureStep(name: "secondFactors", erase: secondFactors),
            ErasureStep(name: "backupCodes", erase: backupCodes),
            ErasureStep(name: "identities", erase: identities),
            ErasureStep(name: "codes", erase: codes),
            ErasureStep(name: "settings", erase: settings),
            ErasureStep(name: "changes", erase: changes),
            ErasureStep(name: "blocks", erase: blocks),
            ErasureStep(name: "exports", erase: exports),
            ErasureStep(name: "keptAnswers", erase: keptAnswers),
            ErasureStep(name: "drafts", erase: drafts),
            ErasureStep(name: "scheduledMessages", erase: scheduledMessages),
            ErasureStep(name: "savedMessages", erase: savedMessages),
            ErasureStep(name: "autoReplies", erase: autoReplies),
            ErasureStep(name: "notifications", erase: notifications),
            ErasureStep(name: "invites", erase: invites),
            ErasureStep(name: "business", erase: business),
            ErasureStep(name: "stories", erase: stories),
            ErasureStep(name: "uploads", erase: uploads),
            ErasureStep(name: "media", erase: media),
            ErasureStep(name: "devices", erase: devices),
            ErasureStep(name: "mails", erase: mails),
            ErasureStep(name: "auditEntries", erase: auditEntries),
            ErasureStep(name: "person", erase: person),
        ]
    }
}
