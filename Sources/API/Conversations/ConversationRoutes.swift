import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// Conversations and what is said in them.
package struct ConversationRoutes: Sendable {
    private let sending: Sending
    private let receipts: ReceiptWriter
    private let gifs: GIFSearch

    private var conversations: Conversations { sending.conversations }

    package init(_ sending: Sending, receipts: ReceiptWriter, gifs: GIFSearch = GIFSearch(nil)) {
        self.sending = sending
        self.receipts = receipts
        self.gifs = gifs
    }

    package func tables(under prefix: String) -> [APIRoutes] {
        [
            APIRoutes(
                "Conversations", under: prefix,
                conversationRoutes + MembershipRoutes(conversations: conversations).routes
                    + InviteRoutes(conversations: conversations).routes),
            APIRoutes(
                "Messages", under: prefix,
                MessageRoutes(sending).routes + PollRoutes(conversations: conversations).routes
                    + PassingRoutes(sending: sending).routes + FindingRoutes(conversations: conversations).routes
                    + ScheduledRoutes(sending: sending).routes + GIFRoutes(gifs: gifs).routes),
            APIRoutes("Notifications", under: prefix, NotificationRoutes(conversations: conversations).routes),
            APIRoutes("Businesses", under: prefix, BusinessRoutes(conversations: conversations).routes),
        ]
    }

    private var conversationRoutes: [APIRoute] {
        [
            .create(
                "/conversations", "Open a conversation", errors: [.validationFailed, .emailUnverified],
                details: "Of two people there is one direct conversation: if it is there, it is answered with 200.",
                create),
            .get("/conversations", "List one's conversations", details: "Newest activity first.", list),
            .get("/conversations/{id}", "Show a conversation", show),
            .patch(
                "/conversations/{id}", "Change its title or text", errors: [.forbidden],
                details: "In groups and channels, administrators and moderators may.", change),
            .delete(
                "/conversations/{id}", "End it for everybody", errors: [.forbidden],
                details: "Administrators of groups and channels may. Nobody sees it any more.", end),
            .get("/conversations/{id}/members", "List who belongs to it", members),
            .put(
                "/conversations/{id}/read", "Say up to where one has read",
                details: "The mark only grows, and ends at the last message.", markRead),
            .post(
                "/conversations/{id}/typing", "Say that one types, or has stopped",
                details: "Clients take whoever was not heard of for six seconds as not typing any more.", type),
            .get(
                "/conversations/{id}/changes", "Read what has changed",
                details: """
                    The present state of all that changed after `sinceRev`, from one snapshot. Go on from `throughRev`, \
                    and from nothing else. `reset` comes alone: drop what was read, read the pages of messages anew, \
                    and go on from its `throughRev`.
                    """, changes),
        ]
    }

    // MARK: Conversations

    private func create(
        _ input: ConversationInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> CreatedOrFound<Conversation> {
        let (conversation, isNew) = try await conversations.create(
            input.new, by: try call.signedIn, on: transaction)
        return isNew ? .created(conversation) : .found(conversation)
    }

    private func list(_ input: ConversationsInput, _ call: Call) async throws -> Page<Conversation> {
        try await call.page(
            input.page, (Timestamp, ID<Conversation>).self, { ($0.activeAt, $0.id) }
        ) { before, limit in
            try await conversations.list(of: try call.signedIn, input.filter, before: before, limit: limit)
        }
    }

    private func show(_ input: ConversationPath, _ call: Call) async throws -> Conversation {
        try await conversations.find(input.id, for: try call.signedIn)
    }

    private func change(_ input: ConversationEditInput, _ call: Call) async throws -> Conversation {
        try await conversations.change(input.id, input.edit, by: try call.signedIn)
    }

    private func end(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await conversations.end(input.id, by: try call.signedIn)
        return NoContent()
    }

    private func members(_ input: ConversationPage, _ call: Call) async throws -> Page<Member> {
        try await call.page(input.page, ID<User>.self, { $0.user }) { after, limit in
            try await conversations.members(of: input.id, for: try call.signedIn, after: after, limit: limit)
        }
    }

    private func markRead(_ input: ReadInput, _ call: Call) async throws -> NoContent {
        try await receipts.mark(.init(try call.user, in: input.id, read: input.seq))
        return NoContent()
    }

    private func type(_ input: TypingInput, _ call: Call) async throws -> NoContent {
        try await conversations.type(input.isTyping, in: input.id, by: try call.user)
        return NoContent()
    }

    private func changes(_ input: ChangesInput, _ call: Call) async throws -> ConversationChanges {
        try await conversations.changes(
            in: input.id, since: input.sinceRev, for: try call.signedIn, limit: input.limit)
    }
}
