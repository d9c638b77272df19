import APIFrame
import HTTP
import Model
import Runtime

/// Accounts that others write to as customers, and what answers for people who are away.
struct BusinessRoutes: Sendable {
    let conversations: Conversations

    var routes: [APIRoute] {
        [
            .get("/businesses/{userId}", "Show a business", show),
            .put(
                "/users/me/business", "Make one's account a business, or change it",
                errors: [.validationFailed, .emailUnverified],
                details: """
                    Its opening hours are in its own time; without any it is always open. `greeting` is said to whoever \
                    opens a conversation, `awayText`, at most once a day, to whoever writes while it is closed.
                    """, keep
            ).needing("business.account"),
            .get("/users/me/business/agents", "List who answers for one's business", agents),
            .put(
                "/users/me/business/agents/{userId}", "Let somebody answer for one's business",
                errors: [.validationFailed, .emailUnverified, .conflict],
                details: "They see all conversations with customers, from the beginning.", addAgent
            ).needing("business.account"),
            .delete("/users/me/business/agents/{userId}", "Let somebody answer no longer", removeAgent),
            .delete("/businesses/{userId}/agency", "Answer for a business no longer", leaveAgency),
            .get("/users/me/auto-reply", "Show one's automatic reply", autoReply),
            .put(
                "/users/me/auto-reply", "Let an automatic reply be given", errors: [.validationFailed],
                details: "To whoever writes to one alone; each person gets one a day.", setAutoReply
            ).needing("replies.automatic"),
            .delete("/users/me/auto-reply", "Give no automatic reply", dropAutoReply),
        ]
    }

    private func show(_ input: BusinessPath, _ call: Call) async throws -> ShownBusiness {
        let (business, isOpen) = try await conversations.business(input.user)
        return ShownBusiness(business: business, isOpen: isOpen)
    }

    private func keep(_ input: BusinessInput, _ call: Call) async throws -> ShownBusiness {
        let user = try call.signedIn
        try await conversations.keep(input.business(of: user.id), by: user)
        let (business, isOpen) = try await conversations.business(user.id)
        return ShownBusiness(business: business, isOpen: isOpen)
    }

    private func agents(_ input: NoInput, _ call: Call) async throws -> Page<BusinessAgent> {
        Page(try await conversations.agents(of: try call.signedIn))
    }

    private func addAgent(_ input: BusinessPath, _ call: Call) async throws -> NoContent {
        try await conversations.addAgent(input.user, by: try call.signedIn)
        return NoContent()
    }

    private func removeAgent(_ input: BusinessPath, _ call: Call) async throws -> NoContent {
        try await conversations.removeAgent(input.user, of: try call.user)
        return NoContent()
    }

    private func leaveAgency(_ input: BusinessPath, _ call: Call) async throws -> NoContent {
        try await conversations.removeAgent(try call.user, of: input.user)
        return NoContent()
    }

    private func autoReply(_ input: NoInput, _ call: Call) async throws -> AutoReply {
        guard let reply = try await conversations.autoReply(of: try call.signedIn) else {
            throw Problem(.notFound, "There is no automatic reply.")
        }
        return reply
    }

    private func setAutoReply(_ input: AutoReplyInput, _ call: Call) async throws -> NoContent {
        try await conversations.setAutoReply(
            AutoReply(input.content, startsAt: input.startsAt ?? .now, endsAt: input.endsAt), by: try call.signedIn)
        return NoContent()
    }

    private func dropAutoReply(_ input: NoInput, _ call: Call) async throws -> NoContent {
        try await conversations.setAutoReply(nil, by: try call.signedIn)
        return NoContent()
    }
}

struct BusinessPath: RouteInput {
    let user: ID<User>
    init(from input: inout InputReader) { user = input.path("userId", .id()) }
}

struct BusinessInput: RouteInput {
    struct Hours: RouteInput {
        let span: OpeningHours

        init(from input: inout InputReader) {
            let weekday = input.read("weekday", .integer(1...7).described("Monday is 1."))
            let opens = input.read("opens", .integer(0...1439).described("Minutes of the day."))
            let closes = input.read("closes", .integer(1...1440).described("Minutes of the day."))
            span = OpeningHours(weekday: weekday, opens: opens, closes: closes)
        }
    }

    let name: String
    let greeting: String?
    let awayText: String?
    let timeZone: String
    let hours: [Hours]

    init(from input: inout InputReader) {
        name = input.read("name", .line(1...120))
        greeting = input.readIfPresent("greeting", .text(1...1000))
        awayText = input.readIfPresent("awayText", .text(1...1000))
        timeZone = input.read("timeZone", .timeZone, default: "UTC")
        hours = input.read("hours", .list(of: .object(Hours.self), 0...28), default: [])
    }

    func business(of user: ID<User>) -> Business {
        Business(
            id: user, name: name, greeting: greeting, awayText: awayText, timeZone: timeZone, hours: hours.map(\.span))
    }
}

struct AutoReplyInput: RouteInput {
    let content: String
    let startsAt: Timestamp?
    let endsAt: Timestamp?

    init(from input: inout InputReader) {
        content = input.read("content", .text(1...1000))
        startsAt = input.readIfPresent("startsAt", .timestamp.described("Without it, now."))
        endsAt = input.readIfPresent("endsAt", .timestamp.described("Without it, until it is taken away."))
    }
}

/// A business as its customers see it.
struct ShownBusiness: Representable {
    let business: Business
    let isOpen: Bool

    static let representation = Representation<ShownBusiness>(
        "Business", "An account that others write to as customers.",
        [
            .member("id", "Of the account.") { $0.business.id },
            .member("name") { $0.business.name },
            .member("greeting") { $0.business.greeting },
            .member("awayText") { $0.business.awayText },
            .member("timeZone") { $0.business.timeZone },
            .member("hours", "Without any it is always open.") { $0.business.hours },
            .member("isOpen", "Now.") { $0.isOpen },
        ])
}

extension OpeningHours: Representable {
    package static let representation = Representation<OpeningHours>(
        "OpeningHours", "A span of a weekday, in minutes of the local day.",
        [
            .member("weekday", "Monday is 1.") { $0.weekday }, .member("opens") { $0.opens },
            .member("closes") { $0.closes },
        ])
}

extension BusinessAgent: Representable {
    package static let representation = Representation<BusinessAgent>(
        "BusinessAgent", "Somebody who answers for a business.",
        [
            .member("userId") { $0.user },
            .member("username", "Null when the account is gone.") { $0.username },
            .member("displayName") { $0.displayName },
            .member("addedAt") { $0.addedAt },
        ])
}

extension AutoReply: Representable {
    package static let representation = Representation<AutoReply>(
        "AutoReply", "What answers for somebody who is away.",
        [
            .member("content") { $0.content }, .member("startsAt") { $0.startsAt },
            .member("endsAt", "Null: until it is taken away.") { $0.endsAt },
        ])
}
