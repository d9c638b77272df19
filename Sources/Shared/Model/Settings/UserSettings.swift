import JSON
import Postgres
import Runtime

/// How a person wants the application, and who may see what of them.
package struct UserSettings: Sendable, Hashable {
    package enum Theme: String, Sendable, CaseIterable { case system, light, dark }
    package enum Audience: String, Sendable, CaseIterable { case everyone, nobody }

    package var theme: Theme
    package var language: String
    package var timeZone: String
    package var messageSound: String
    package var callSound: String
    package var vibration: Bool
    package var messagePreview: Bool
    package var enterSends: Bool
    package var lastSeen: Audience
    package var photo: Audience
    package var status: Audience
    package var readReceipts: Bool
    package var searchable: Bool

    package init(
        theme: Theme, language: String, timeZone: String, messageSound: String, callSound: String, vibration: Bool,
        messagePreview: Bool, enterSends: Bool, lastSeen: Audience, photo: Audience, status: Audience,
        readReceipts: Bool, searchable: Bool
    ) {
        self.theme = theme
        self.language = language
        self.timeZone = timeZone
        self.messageSound = messageSound
        self.callSound = callSound
        self.vibration = vibration
        self.messagePreview = messagePreview
        self.enterSends = enterSends
        self.lastSeen = lastSeen
        self.photo = photo
        self.status = status
        self.readReceipts = readReceipts
        self.searchable = searchable
    }
}
