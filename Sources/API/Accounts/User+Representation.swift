import HTTP
import JSON
import Model
import Runtime

extension User.Role: SchemaBearing {}
extension User.Availability: SchemaBearing {}
extension UserSettings.Theme: SchemaBearing {}
extension UserSettings.Audience: SchemaBearing {}
extension Session.Method: SchemaBearing {}
extension OAuthIdentity.Provider: SchemaBearing {}

extension EmailAddress: SchemaBearing {
    package static var schema: JSONSchema { .string(format: "email") }
}

extension User.Status: Representable {
    package static let representation = Representation<User.Status>(
        "Status", "A few words about what somebody is doing.",
        [.member("text") { $0.text }, .member("emoji") { $0.emoji }, .member("until") { $0.until }])
}

extension User: Representable {
    package static let representation = Representation<User>(
        "User", "A person, as that person sees it.",
        [
            .member("id") { $0.id },
            .member("username") { $0.username },
            .member("displayName") { $0.displayName },
            .member("email") { $0.email },
            .member("emailVerified") { $0.isVerified },
            .member("hasPhone", "Whether a telephone number is kept, by which one can sign in.") { $0.hasPhone },
            .member("hasPassword") { $0.hasPassword },
            .member("totpEnabled", "Whether a sign-in takes a code of an authenticator app.") { $0.hasSecondFactor },
            .member("role") { $0.role },
            .member("bio") { $0.bio },
            .member("avatarId", "Of an image; `GET /media/{id}/thumbnails/64` shows it.") { $0.avatar },
            .member("status") { $0.status },
            .member("availability", "What the person wants to be seen as.") { $0.availability },
            .member("deletionDueAt", "When the account will be deleted, if that was asked for.") { $0.deletionDueAt },
            .member("createdAt") { $0.createdAt },
            .member("updatedAt") { $0.updatedAt },
        ])
}

extension Profile: Representable {
    package static let representation = Representation<Profile>(
        "Profile", "A person, as others may see them: null is what the viewer may not see, or what there is not.",
        [
            .member("id") { $0.id },
            .member("username") { $0.username },
            .member("displayName") { $0.displayName },
            .member("bio") { $0.bio },
            .member("avatarId", "Of an image; `GET /media/{id}/thumbnails/64` shows it.") { $0.avatar },
            .member("status") { $0.status },
            .member("lastSeenAt") { $0.lastSeenAt },
            .member("isBlocked", "Whether the viewer has blocked the person.") { $0.isBlocked },
        ])
}

extension UserSettings: Representable {
    package static let representation = Representation<UserSettings>(
        "UserSettings", "How a person wants the application, and who may see what of them.",
        [
            .member("theme") { $0.theme },
            .member("language", "A language tag such as `en` or `pt-BR`.") { $0.language },
            .member("timeZone", "A name of the IANA database.") { $0.timeZone },
            .member("messageSound") { $0.messageSound },
            .member("callSound") { $0.callSound },
            .member("vibration") { $0.vibration },
            .member("messagePreview", "Whether notifications show what a message says.") { $0.messagePreview },
            .member("enterSends") { $0.enterSends },
            .member("lastSeen", "Who sees when the person was here last.") { $0.lastSeen },
            .member("photo", "Who sees the photo.") { $0.photo },
            .member("status", "Who sees the status.") { $0.status },
            .member("readReceipts", "Whether others learn what was read; who does not tell is not told.") {
                $0.readReceipts
            },
            .member("searchable", "Whether less than the whole username finds the person.") { $0.searchable },
        ])
}

extension BlockedPerson: Representable {
    package static let representation = Representation<BlockedPerson>(
        "BlockedPerson", "Somebody whom one has blocked.",
        [
            .member("id") { $0.id },
            .member("username", "Null when the account is gone.") { $0.username },
            .member("displayName") { $0.displayName },
            .member("blockedAt") { $0.blockedAt },
        ])
}
