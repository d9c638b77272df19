import APIFrame
import HTTP
import Model
import Runtime

/// Who belongs to a conversation, and how each keeps it.
struct MembershipRoutes: Sendable {
    let conversations: Conversations

    var routes: [APIRoute] { membership + keeping }

    private var membership: [APIRoute] {
        [
            .post(
                "/conversations/{id}/members", "Add people", errors: [.validationFailed, .forbidden, .emailUnverified],
                details: "Those who belong to it already stay as they are.", add),
            .patch(
                "/conversations/{id}/members/{userId}", "Give somebody a role", errors: [.forbidden, .conflict],
                details: "Administrators may; the last one of them stays one.", setRole),
            .delete(
                "/conversations/{id}/members/{userId}", "Remove somebody, or leave", errors: [.forbidden],
                details: """
                    `me` leaves. Administrators remove anybody, moderators remove members. When the last administrator \
                    goes, the longest-standing moderator, or else member, takes the place.
                    """, remove),
        ]
    }

    private var keeping: [APIRoute] {
        [
            .put(
                "/conversations/{id}/mute", "Mute a conversation", details: "Until a time, or for good.", mute),
            .delete("/conversations/{id}/mute", "Unmute a conversation", unmute),
            .put("/conversations/{id}/pin", "Pin a conversation in one's list", pin),
            .delete("/conversations/{id}/pin", "Unpin a conversation", unpin),
            .put("/conversations/{id}/archive", "Archive a conversation", archive),
            .delete("/conversations/{id}/archive", "Take a conversation out of the archive", unarchive),
        ]
    }

    // MARK: Membership

    private func add(_ input: AddMembersInput, _ call: Call) async throws -> NoContent {
        try await conversations.add(input.users, to: input.id, by: try call.signedIn)
        return NoContent()
    }

    private func setRole(_ input: RoleInput, _ call: Call) async throws -> NoContent {
        try await conversations.setRole(input.role, of: input.user, in: input.id, by: try call.signedIn)
        return NoContent()
    }

    private func remove(_ input: MemberPath, _ call: Call) async throws -> NoContent {
        let user = try call.signedIn
        try await conversations.remove(input.user ?? user.id, from: input.id, by: user)
        return NoContent()
    }

    // MARK: One's own

    private func mute(_ input: MuteInput, _ call: Call) async throws -> NoContent {
        try await keep(input.id, .muted(until: input.until), call)
    }

    private func unmute(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await keep(input.id, .unmuted, call)
    }

    private func pin(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await keep(input.id, .pinned(true), call)
    }

    private func unpin(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await keep(input.id, .pinned(false), call)
    }

    private func archive(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await keep(input.id, .archived(true), call)
    }

    private func unarchive(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await keep(input.id, .archived(false), call)
    }

    private func keep(_ id: ID<Conversation>, _ keeping: Keeping, _ call: Call) async throws -> NoContent {
        try await conversations.keep(id, keeping, by: try call.signedIn)
        return NoContent()
    }
}
