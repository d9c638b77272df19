import APIFrame
import HTTP
import Model
import Postgres
import Runtime

/// What is said in conversations, and what becomes of it.
struct MessageRoutes: Sendable {
    private let sending: Sending
    private var conversations: Conversations { sending.conversations }

    init(_ sending: Sending) { self.sending = sending }

    var routes: [APIRoute] { reading + writing + changing }

    private var reading: [APIRoute] {
        [
            .get(
                "/conversations/{id}/messages", "Read messages",
                details:
                    "The latest, or those `before` a number, newest first; or those `after` a number, oldest first.",
                on: conversations.database, messages),
            .get(
                "/conversations/{id}/pins", "List the pinned messages", details: "The one that was pinned last first.",
                on: conversations.database, pins),
            .get("/messages/{id}", "Show a message", on: conversations.database, message),
            .get(
                "/messages/{id}/receipts", "List whom a message has reached", errors: [.forbidden],
                details: """
                    With the marks of each: who has read it has a `readSeq` that is not below its `seq`. Without those who \
                    keep that to themselves; not in channels.
                    """, receipts),
        ]
    }

    private var writing: [APIRoute] {
        [
            .post(
                "/conversations/{id}/messages", "Send a message",
                errors: [.forbidden, .conflict, .idempotencyKeyReused], idempotency: .own,
                details:
                    "`Idempotency-Key` is the `clientId`, if the body has none. Under one id a sender sends one message to a conversation, for good: a repetition answers the message as it is now. With `sendAt` it is sent then, and 202 tells of it; with `expiresIn` it deletes itself after so many seconds.",
                send),
            .patch(
                "/messages/{id}", "Edit a message", errors: [.forbidden],
                details: "Its sender may, a text or code, within the time that is configured.", edit),
            .delete(
                "/messages/{id}", "Delete a message", errors: [.forbidden],
                details: """
                    For oneself, whoever sees it. For all, its sender within the time that is configured, and in groups \
                    and channels administrators and moderators at any time: an empty message stays in its place.
                    """, delete),
        ]
    }

    private var changing: [APIRoute] {
        [
            .put(
                "/messages/{id}/reactions/{emoji}", "React with an emoji", errors: [.validationFailed, .conflict], react
            ),
            .delete(
                "/messages/{id}/reactions/{emoji}", "Take back a reaction", errors: [.validationFailed], unreact),
            .put(
                "/messages/{id}/pin", "Pin a message", errors: [.forbidden, .conflict],
                details: "In groups and channels administrators and moderators may; of two people both.", pin),
            .delete("/messages/{id}/pin", "Take a pin away", errors: [.forbidden], unpin),
        ]
    }

    // MARK: Reading

    private func messages(_ input: MessagesInput, _ call: Call) throws -> Query<Page<Message>> {
        conversations.messages(of: input.id, for: try call.signedIn, try input.range, limit: input.limit)
            .map { Page($0) }
    }

    private func pins(_ input: ConversationPath, _ call: Call) throws -> Query<Page<Message>> {
        conversations.pinned(in: input.id, for: try call.signedIn).map { Page($0) }
    }

    private func message(_ input: MessagePath, _ call: Call) throws -> Query<Message> {
        conversations.message(input.id, for: try call.signedIn)
    }

    private func receipts(_ input: MessagePath, _ call: Call) async throws -> Page<Receipt> {
        Page(try await conversations.receipts(of: input.id, for: try call.signedIn))
    }

    // MARK: Writing

    private func send(_ input: MessageInput, _ call: Call) async throws -> SentOrScheduled {
        let message = try input.message(by: try call.user)
        guard let time = input.sendAt else { return .sent(try await sending.send(message)) }
        return switch try await sending.schedule(message, at: time) {
        case .scheduled(let scheduled): .scheduled(scheduled)
        case .sent(let message): .sent(message)
        }
    }

    private func edit(_ input: EditInput, _ call: Call) async throws -> Message {
        try await conversations.edit(input.id, to: input.content, by: try call.signedIn)
    }

    private func delete(_ input: DeletionInput, _ call: Call) async throws -> NoContent {
        switch input.audience {
        case .me: try await conversations.hide(input.id, by: try call.signedIn)
        case .all: try await conversations.deleteForAll(input.id, by: try call.signedIn)
        }
        return NoContent()
    }

    // MARK: Reactions and pins

    private func react(_ input: ReactionPath, _ call: Call) async throws -> Message {
        try await conversations.setReaction(input.emoji, true, to: input.id, by: try call.signedIn)
    }

    private func unreact(_ input: ReactionPath, _ call: Call) async throws -> Message {
        try await conversations.setReaction(input.emoji, false, to: input.id, by: try call.signedIn)
    }

    private func pin(_ input: MessagePath, _ call: Call) async throws -> Message {
        try await conversations.setPinned(true, input.id, by: try call.signedIn)
    }

    private func unpin(_ input: MessagePath, _ call: Call) async throws -> Message {
        try await conversations.setPinned(false, input.id, by: try call.signedIn)
    }
}
