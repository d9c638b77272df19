import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// Codes with which people come into groups and channels by themselves.
struct InviteRoutes: Sendable {
    let conversations: Conversations

    var routes: [APIRoute] {
        [
            .create(
                "/conversations/{id}/invites", "Make an invite",
                errors: [.validationFailed, .forbidden, .emailUnverified, .conflict],
                details:
                    "Administrators may, in groups moderators too. Without `expiresAt` and `maxUses` it is good until revoked.",
                invite),
            .get("/conversations/{id}/invites", "List invites", errors: [.forbidden], invites),
            .delete("/conversations/{id}/invites/{inviteId}", "Revoke an invite", errors: [.forbidden], revoke),
            .get("/invites/{code}", "Look at what an invite leads to", limit: .guessing, errors: [.conflict], preview),
            .post(
                "/invites/{code}/accept", "Come in with an invite", limit: .guessing, errors: [.conflict],
                details: "Whoever belongs to it already takes no use. 409 where it has expired or is used up.", accept),
        ]
    }

    private func invite(
        _ input: InviteInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Invite> {
        Created(try await conversations.invite(to: input.id, input.new, by: try call.signedIn, on: transaction))
    }

    private func invites(_ input: ConversationPage, _ call: Call) async throws -> Page<Invite> {
        try await call.page(input.page, ID<Invite>.self, { $0.id }) { before, limit in
            try await conversations.invites(to: input.id, for: try call.signedIn, before: before, limit: limit)
        }
    }

    private func revoke(_ input: InvitePath, _ call: Call) async throws -> NoContent {
        try await conversations.revoke(input.invite, to: input.id, by: try call.signedIn)
        return NoContent()
    }

    private func preview(_ input: InviteCode, _ call: Call) async throws -> InvitePreview {
        try await conversations.preview(input.code)
    }

    private func accept(_ input: InviteCode, _ call: Call) async throws -> Conversation {
        try await conversations.accept(input.code, by: try call.signedIn)
    }
}

struct InviteInput: RouteInput {
    let id: ID<Conversation>
    let new: NewInvite

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        let end = input.readIfPresent("expiresAt", .timestamp)
        let uses = input.readIfPresent("maxUses", .integer(1...100_000))
        new = NewInvite(expiresAt: end, mostUses: uses)
    }
}

struct InvitePath: RouteInput {
    let id: ID<Conversation>
    let invite: ID<Invite>

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        invite = input.path("inviteId", .id())
    }
}

struct InviteCode: RouteInput {
    let code: String
    init(from input: inout InputReader) { code = input.path("code", .text(16...64, of: .token)) }
}

extension Invite: Representable {
    package static let representation = Representation<Invite>(
        "Invite", "A code with which people come into a group or channel by themselves.",
        [
            .member("id") { $0.id },
            .member("conversationId") { $0.conversation },
            .member("code") { $0.code },
            .member("createdBy") { $0.createdBy },
            .member("createdAt") { $0.createdAt },
            .member("expiresAt", "Null: never.") { $0.expiresAt },
            .member("maxUses", "Null: any number of people.") { $0.mostUses },
            .member("uses") { $0.uses },
        ])
}

extension InvitePreview: Representable {
    package static let representation = Representation<InvitePreview>(
        "InvitePreview", "What an invite leads to.",
        [
            .member("conversationId") { $0.conversation },
            .member("type") { $0.kind },
            .member("title") { $0.title },
            .member("about") { $0.about },
            .member("memberCount") { $0.memberCount },
            .member("expiresAt") { $0.expiresAt },
        ])
}
