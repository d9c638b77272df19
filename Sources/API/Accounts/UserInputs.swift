import APIFrame
import HTTP
import JSON
import Model
import Runtime

struct UserPath: RouteInput {
    let id: ID<User>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct BlockPath: RouteInput {
    let userID: ID<User>
    init(from input: inout InputReader) { userID = input.path("userId", .id()) }
}

struct PageInput: RouteInput {
    let page: PageRequest
    init(from input: inout InputReader) { page = input.page() }
}

struct PeopleSearch: RouteInput {
    let query: String
    let page: PageRequest

    init(from input: inout InputReader) {
        query = input.query(
            "query", .text(2...80).described("Words that names begin with; one of them of two letters or more."))
        page = input.page()
    }
}

struct PresenceInput: RouteInput {
    let availability: User.Availability
    init(from input: inout InputReader) { availability = input.read("availability", .choice()) }
}

struct StatusInput: RouteInput {
    let text: String?
    let emoji: String?
    let until: Timestamp?

    init(from input: inout InputReader) {
        text = input.readIfPresent("text", .line(0...140))
        emoji = input.readIfPresent("emoji", .line(0...16))
        until = input.readIfPresent("until", .timestamp)
    }
}

struct ProfileInput: RouteInput {
    let change: ProfileChange

    init(from input: inout InputReader) {
        let username = input.readIfPresent("username", .username)
        let displayName = input.readIfPresent("displayName", .line(0...80))
        let bio = input.readIfPresent("bio", .text(0...500))
        let avatar: ID<Media>?? =
            switch input.readChange("avatarId", .id(of: Media.self)) {
            case .keep: nil
            case .clear: .some(nil)
            case .set(let id): id
            }
        let status: User.Status??
        switch input.readChange("status", .object(StatusInput.self)) {
        case .keep: status = nil
        case .clear: status = .some(nil)
        case .set(let new):
            status = .some(User.Status(text: new.text?.nonEmpty, emoji: new.emoji?.nonEmpty, until: new.until))
        }
        change = ProfileChange(username: username, displayName: displayName, bio: bio, avatar: avatar, status: status)
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

struct SettingsInput: RouteInput {
    let theme: UserSettings.Theme?
    let language: String?
    let timeZone: String?
    let messageSound: String?
    let callSound: String?
    let vibration: Bool?
    let messagePreview: Bool?
    let enterSends: Bool?
    let lastSeen: UserSettings.Audience?
    let photo: UserSettings.Audience?
    let status: UserSettings.Audience?
    let readReceipts: Bool?
    let searchable: Bool?

    init(from input: inout InputReader) {
        theme = input.readIfPresent("theme", .choice())
        language = input.readIfPresent("language", .language)
        timeZone = input.readIfPresent("timeZone", .timeZone)
        messageSound = input.readIfPresent("messageSound", .line(1...64))
        callSound = input.readIfPresent("callSound", .line(1...64))
        vibration = input.readIfPresent("vibration", .bool)
        messagePreview = input.readIfPresent("messagePreview", .bool)
        enterSends = input.readIfPresent("enterSends", .bool)
        lastSeen = input.readIfPresent("lastSeen", .choice())
        photo = input.readIfPresent("photo", .choice())
        status = input.readIfPresent("status", .choice())
        readReceipts = input.readIfPresent("readReceipts", .bool)
        searchable = input.readIfPresent("searchable", .bool)
    }

    func apply(to settings: inout UserSettings) {
        settings.theme = theme ?? settings.theme
        settings.language = language ?? settings.language
        settings.timeZone = timeZone ?? settings.timeZone
        settings.messageSound = messageSound ?? settings.messageSound
        settings.callSound = callSound ?? settings.callSound
        settings.vibration = vibration ?? settings.vibration
        settings.messagePreview = messagePreview ?? settings.messagePreview
        settings.enterSends = enterSends ?? settings.enterSends
        settings.lastSeen = lastSeen ?? settings.lastSeen
        settings.photo = photo ?? settings.photo
        settings.status = status ?? settings.status
        settings.readReceipts = readReceipts ?? settings.readReceipts
        settings.searchable = searchable ?? settings.searchable
    }
}

extension Schema where Value == String {
    /// A tag of BCP 47, as far as the tables take it.
    fileprivate static var language: Schema {
        .string(
            .string(2...35, pattern: "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), placeholder: "en"
        ) { text throws(Unfit) in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            let isFit =
                text.utf8.count <= 35
                && parts.enumerated().allSatisfy { index, part in
                    index == 0 ? part.isWord(2...3, lowerCaseOnly: true) : part.isWord(2...8, lowerCaseOnly: false)
                }
            guard isFit else { throw Unfit(.badFormat, "not a language tag such as `en` or `pt-BR`") }
            return String(text)
        }
    }

    /// A name of the IANA database that this machine knows.
    static var timeZone: Schema {
        .string(.string(1...64), placeholder: "UTC") { text throws(Unfit) in
            guard text.utf8.count <= 64, (try? TimeZone(String(text))) != nil else {
                throw Unfit(.unknownValue, "not a time zone such as `Europe/Berlin`")
            }
            return String(text)
        }
    }
}

extension Substring {
    fileprivate func isWord(_ length: ClosedRange<Int>, lowerCaseOnly: Bool) -> Bool {
        length.contains(utf8.count)
            && allSatisfy { $0.isASCII && (lowerCaseOnly ? $0.isLowercase : $0.isLetter || $0.isNumber) }
    }
}
