import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// What people are told of inside the application.
struct NotificationRoutes: Sendable {
    let conversations: Conversations

    var routes: [APIRoute] {
        [
            .get("/notifications", "List one's notifications", details: "The latest first.", list),
            .put(
                "/notifications/read", "Say what one has read", details: "Those of `ids`, or without it all.", markRead),
            .get(
                "/notifications/badge", "Count what is unread",
                details: "Conversations that are muted or archived count for `mentions` alone.", badge),
            .get("/notifications/preferences", "Show of what one is told", preferences),
            .put("/notifications/preferences", "Say of what one wants to be told", setPreferences),
            .put(
                "/conversations/{id}/notifications", "Say of what in a conversation one wants to be told",
                details: "`mentions`: of mentions and answers alone.", setNotices),
        ]
    }

    private func list(_ input: NotificationsInput, _ call: Call) async throws -> Page<Notification> {
        try await call.page(input.page, ID<Notification>.self, { $0.id }) { before, limit in
            try await conversations.notifications(
                of: try call.signedIn, unreadAlone: input.unreadAlone, before: before, limit: limit)
        }
    }

    private func markRead(_ input: ReadNotificationsInput, _ call: Call) async throws -> NoContent {
        try await conversations.markRead(input.ids, by: try call.signedIn)
        return NoContent()
    }

    private func badge(_ input: NoInput, _ call: Call) async throws -> Badge {
        try await conversations.badge(of: try call.signedIn)
    }

    private func preferences(_ input: NoInput, _ call: Call) async throws -> NotificationPreferences {
        try await conversations.notificationPreferences(of: try call.signedIn)
    }

    private func setPreferences(_ input: PreferencesInput, _ call: Call) async throws -> NotificationPreferences {
        let user = try call.signedIn
        try await conversations.setNotificationPreferences(input.preferences, by: user)
        return try await conversations.notificationPreferences(of: user)
    }

    private func setNotices(_ input: NoticesInput, _ call: Call) async throws -> NoContent {
        try await conversations.keep(input.id, .notified(of: input.notices), by: try call.signedIn)
        return NoContent()
    }
}

struct NotificationsInput: RouteInput {
    let unreadAlone: Bool
    let page: PageRequest

    init(from input: inout InputReader) {
        unreadAlone = input.query("unread", .bool.described("Only what is unread."), default: false)
        page = input.page()
    }
}

struct ReadNotificationsInput: RouteInput {
    let ids: [ID<Notification>]?
    init(from input: inout InputReader) {
        ids = input.readIfPresent("ids", .list(of: .id(of: Notification.self), 1...100))
    }
}

struct NoticesInput: RouteInput {
    let id: ID<Conversation>
    let notices: ConversationNotices

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        notices = input.read("level", .choice())
    }
}

struct PreferencesInput: RouteInput {
    let preferences: NotificationPreferences

    init(from input: inout InputReader) {
        var wanted = NotificationPreferences()
        wanted.mentions = input.read("mentions", .bool, default: true)
        wanted.replies = input.read("replies", .bool, default: true)
        wanted.reactions = input.read("reactions", .bool, default: true)
        wanted.additions = input.read("additions", .bool, default: true)
        wanted.push = input.read("push", .bool, default: true)
        wanted.email = input.read("email", .bool, default: true)
        let quiet = input.readIfPresent(
            "quietHours", .object(QuietHoursInput.self).described("Nothing makes a sound then."))
        wanted.quietFrom = quiet?.from
        wanted.quietUntil = quiet?.until
        preferences = wanted
    }
}

/// In minutes of the local day; it may go past midnight.
struct QuietHoursInput: RouteInput {
    let from: Int
    let until: Int

    init(from input: inout InputReader) {
        from = input.read("from", .integer(0...1439))
        until = input.read("until", .integer(0...1439))
    }
}

/// When nothing makes a sound.
struct QuietHours: Sendable {
    let from: Int
    let until: Int

    init?(_ preferences: NotificationPreferences) {
        guard let from = preferences.quietFrom, let until = preferences.quietUntil else { return nil }
        self.from = from
        self.until = until
    }
}

extension ConversationNotices: SchemaBearing {}

extension QuietHours: Representable {
    static let representation = Representation<QuietHours>(
        "QuietHours", "In minutes of the local day; it may go past midnight.",
        [.member("from") { $0.from }, .member("until") { $0.until }])
}

extension NotificationPreferences: Representable {
    package static let representation = Representation<NotificationPreferences>(
        "NotificationPreferences", "Of what a person wants to be told.",
        [
            .member("mentions") { $0.mentions },
            .member("replies") { $0.replies },
            .member("reactions") { $0.reactions },
            .member("additions", "To groups and channels.") { $0.additions },
            .member("push") { $0.push },
            .member("email") { $0.email },
            .member("quietHours", "In the time zone of one's settings.") { QuietHours($0) },
        ])
}

extension Badge: Representable {
    package static let representation = Representation<Badge>(
        "Badge", "What stands beside the name of the application.",
        [
            .member("conversations", "With something unread.") { $0.conversations },
            .member("messages", "In these, each counted up to 100.") { $0.messages },
            .member("mentions", "Unread ones of oneself.") { $0.mentions },
            .member("notifications", "Unread ones.") { $0.notifications },
        ])
}
