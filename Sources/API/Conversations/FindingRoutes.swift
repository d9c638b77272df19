import APIFrame
import HTTP
import Model
import Runtime

/// Messages found again: by their words and tags, in their threads, saved, and begun.
struct FindingRoutes: Sendable {
    let conversations: Conversations

    var routes: [APIRoute] {
        [
            .get(
                "/search/messages", "Search messages", errors: [.validationFailed],
                details: """
                    Of all that the caller may see, the latest first. `query`: all words, `or`, `-without`, "in this \
                    order". `tag`: with this hashtag. One of the two is needed.
                    """, search),
            .get(
                "/messages/{id}/thread", "Read a thread",
                details: "Its first message, then what was said in it, oldest first; go on `after` the last number.",
                thread),
            .put("/messages/{id}/save", "Save a message for oneself", save),
            .delete("/messages/{id}/save", "Let a saved message go", unsave),
            .get("/users/me/saved", "List one's saved messages", details: "The last one that was saved first.", saved),
            .put("/conversations/{id}/draft", "Keep what one has begun to write", setDraft),
            .delete("/conversations/{id}/draft", "Drop what one has begun to write", dropDraft),
            .get("/users/me/drafts", "List what one has begun to write", drafts),
        ]
    }

    private func search(_ input: SearchInput, _ call: Call) async throws -> Page<Message> {
        try await call.page(input.page, ID<Message>.self, { $0.id }) { before, limit in
            try await conversations.search(input.search, for: try call.signedIn, before: before, limit: limit)
        }
    }

    private func thread(_ input: ThreadInput, _ call: Call) async throws -> Page<Message> {
        Page(
            try await conversations.thread(
                of: input.id, for: try call.signedIn, after: input.after, limit: input.limit))
    }

    private func save(_ input: MessagePath, _ call: Call) async throws -> NoContent {
        try await conversations.setSaved(true, input.id, by: try call.signedIn)
        return NoContent()
    }

    private func unsave(_ input: MessagePath, _ call: Call) async throws -> NoContent {
        try await conversations.setSaved(false, input.id, by: try call.signedIn)
        return NoContent()
    }

    private func saved(_ input: PageInput, _ call: Call) async throws -> Page<SavedMessage> {
        try await call.page(
            input.page, (Timestamp, ID<Message>).self, { ($0.savedAt, $0.message.id) }
        ) { before, limit in
            try await conversations.saved(by: try call.signedIn, before: before, limit: limit)
        }
    }

    private func setDraft(_ input: DraftInput, _ call: Call) async throws -> NoContent {
        try await conversations.setDraft(
            input.content, replyTo: input.replyTo, in: input.id, by: try call.signedIn)
        return NoContent()
    }

    private func dropDraft(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await conversations.setDraft(nil, in: input.id, by: try call.signedIn)
        return NoContent()
    }

    private func drafts(_ input: PageInput, _ call: Call) async throws -> Page<Draft> {
        try await call.page(
            input.page, (Timestamp, ID<Conversation>).self, { ($0.updatedAt, $0.conversation) }
        ) { before, limit in
            try await conversations.drafts(of: try call.signedIn, before: before, limit: limit)
        }
    }
}

struct SearchInput: RouteInput {
    let search: MessageSearch
    let page: PageRequest

    init(from input: inout InputReader) {
        let words = input.queryIfPresent("query", .text(1...200))
        let tag = input.queryIfPresent("tag", .text(1...64).described("Without the `#`."))
        let conversation: ID<Conversation>? = input.queryIfPresent("conversationId", .id())
        let sender: ID<User>? = input.queryIfPresent("senderId", .id())
        let kind: MessageInput.Kind? = input.queryIfPresent("type", .choice())
        let since = input.queryIfPresent("since", .timestamp)
        let until = input.queryIfPresent("until", .timestamp)
        search = MessageSearch(
            words: words, tag: tag?.lowercased(), conversation: conversation, sender: sender, kind: kind?.rawValue,
            since: since, until: until)
        page = input.page()
    }
}

struct ThreadInput: RouteInput {
    let id: ID<Message>
    let after: Int64
    let limit: Int

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        after = input.query("after", .integer(0...Int64.max), default: 0)
        limit = input.query("limit", .integer(1...100).described("How many at most."), default: 50)
    }
}

struct DraftInput: RouteInput {
    let id: ID<Conversation>
    let content: String
    let replyTo: ID<Message>?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        content = input.read("content", .text(1...Message.longestContent))
        replyTo = input.readIfPresent("replyToId", .id())
    }
}

extension SavedMessage: Representable {
    package static let representation = Representation<SavedMessage>(
        "SavedMessage", "A message that somebody keeps for themselves.",
        [.member("message") { $0.message }, .member("savedAt") { $0.savedAt }])
}

extension Draft: Representable {
    package static let representation = Representation<Draft>(
        "Draft", "What somebody has begun to write.",
        [
            .member("conversationId") { $0.conversation },
            .member("content") { $0.content },
            .member("replyToId") { $0.replyTo },
            .member("updatedAt") { $0.updatedAt },
        ])
}
