import APIFrame
import HTTP
import Model
import Queue
import Runtime

/// Conversations and what is said in them.
package struct ConversationRoutes: Sendable {
    private let conversations: Conversations
    private let writer: MessageWriter
    private let receipts: ReceiptWriter

    package init(_ conversations: Conversations, writer: MessageWriter, receipts: ReceiptWriter) {
        self.conversations = conversations
        self.writer = writer
        self.receipts = receipts
    }

    package func tables(under prefix: String) -> [APIRoutes] {
        [
            APIRoutes(
                "Conversations", under: prefix,
                conversationRoutes + MembershipRoutes(conversations: conversations).routes),
            APIRoutes("Messages", under: prefix, MessageRoutes(conversations, writer: writer).routes),
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
            .get("/conversations/{id}/members", "List who belongs to it", members),
            .put(
                "/conversations/{id}/read", "Say up to where one has read",
                details: "The mark only grows, and ends at the last message.", markRead),
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

    private func list(_ input: PageInput, _ call: Call) async throws -> Page<Conversation> {
        let before = try input.page.cursor.map { cursor throws(Problem) in
            try call.place(of: cursor, as: (Timestamp, ID<Conversation>).self)
        }
        let found = try await conversations.list(of: try call.signedIn, before: before, limit: input.page.limit + 1)
        let page = Array(found.prefix(input.page.limit))
        let next = found.count > page.count ? page.last.map { call.cursor(after: $0.activeAt, $0.id) } : nil
        return Page(page, nextCursor: next)
    }

    private func show(_ input: ConversationPath, _ call: Call) async throws -> Conversation {
        try await conversations.find(input.id, for: try call.signedIn)
    }

    private func change(_ input: ConversationEditInput, _ call: Call) async throws -> Conversation {
        try await conversations.change(input.id, input.edit, by: try call.signedIn)
    }

    private func members(_ input: ConversationPage, _ call: Call) async throws -> Page<Member> {
        let after = try input.page.cursor.map { cursor throws(Problem) in try call.place(of: cursor, as: ID<User>.self)
        }
        let found = try await conversations.members(
            of: input.id, for: try call.signedIn, after: after, limit: input.page.limit + 1)
        let page = Array(found.prefix(input.page.limit))
        return Page(page, nextCursor: found.count > page.count ? page.last.map { call.cursor(after: $0.user) } : nil)
    }

    private func markRead(_ input: ReadInput, _ call: Call) async throws -> NoContent {
        try await receipts.mark(.init(try call.user, in: input.id, read: input.seq))
        return NoContent()
    }

    private func changes(_ input: ChangesInput, _ call: Call) async throws -> ConversationChanges {
        try await conversations.changes(
            in: input.id, since: input.sinceRev, for: try call.signedIn, limit: input.limit)
    }
}
