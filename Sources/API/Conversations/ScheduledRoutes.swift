import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// Messages that wait for their time.
struct ScheduledRoutes: Sendable {
    let sending: Sending

    var routes: [APIRoute] {
        [
            .get(
                "/conversations/{id}/scheduled", "List one's messages that wait",
                details: "The next one first. `failure` says of one why it could not be sent.", list),
            .delete(
                "/conversations/{id}/scheduled", "Take back all of one's messages that wait",
                details: "But for those that go out at this moment.", unscheduleAll),
            .delete(
                "/conversations/{id}/scheduled/{scheduledId}", "Take back a message that waits",
                details: "Not found once it goes out.", unschedule),
        ]
    }

    private func list(_ input: ConversationPage, _ call: Call) async throws -> Page<ScheduledMessage> {
        try await call.page(
            input.page, (Timestamp, ID<ScheduledMessage>).self, { ($0.sendAt, $0.id) }
        ) { after, limit in
            try await sending.scheduled(in: input.id, by: try call.signedIn, after: after, limit: limit)
        }
    }

    private func unscheduleAll(_ input: ConversationPath, _ call: Call) async throws -> NoContent {
        try await sending.unschedule(nil, in: input.id, by: try call.signedIn)
        return NoContent()
    }

    private func unschedule(_ input: ScheduledPath, _ call: Call) async throws -> NoContent {
        try await sending.unschedule(input.message, in: input.id, by: try call.signedIn)
        return NoContent()
    }
}

struct ScheduledPath: RouteInput {
    let id: ID<Conversation>
    let message: ID<ScheduledMessage>

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        message = input.path("scheduledId", .id())
    }
}

/// 201 with a message, or 202 with what is sent later.
enum SentOrScheduled: RouteOutput {
    case sent(Message)
    case scheduled(ScheduledMessage)

    static var answers: [DeclaredAnswer] {
        Created<Message>.answers + [.json(202, ScheduledMessage.schema, "It is sent later")]
    }

    func answer() throws -> Response {
        switch self {
        case .sent(let message): try Created(message).answer()
        case .scheduled(let message): try .json(202, message)
        }
    }
}

extension ScheduledMessage: Representable {
    package static let representation = Representation<ScheduledMessage>(
        "ScheduledMessage", "A message that waits for its time.",
        [
            .member("id", "Of its own: the message gets another one.") { $0.id },
            .member("conversationId") { $0.conversation },
            .member("clientId") { $0.clientID },
            .member("type") { $0.kind },
            .member("content") { $0.content },
            .member("metadata") { $0.metadata },
            .member("replyToId") { $0.replyTo },
            .member("threadRootId") { $0.threadRoot },
            .member("expiresIn", "Seconds after which the message deletes itself.") { $0.lifetime?.components.seconds },
            .member("sendAt") { $0.sendAt },
            .member("createdAt") { $0.createdAt },
            .member("failure", "Why it could not be sent.") { $0.failure },
        ])
}
