import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// What is done with messages beyond their conversation, or with many at once.
struct PassingRoutes: Sendable {
    let sending: Sending

    private var conversations: Conversations { sending.conversations }

    var routes: [APIRoute] {
        [
            .post(
                "/messages/{id}/forward", "Pass a message on",
                errors: [.validationFailed, .forbidden], idempotency: .own,
                details: """
                    Up to 20 conversations, each with an outcome of its own. `Idempotency-Key` is the `clientId` in each of \
                    them. What was passed on 5 times goes to one conversation at a time.
                    """, forward),
            .post(
                "/messages/bulk", "Do something with many messages",
                details: "An outcome for each, in their order.", bulk),
            .put(
                "/messages/{id}/location", "Move a live location", errors: [.validationFailed, .forbidden, .conflict],
                details: "Its sender may, until it ends. No rev is raised.", move),
            .delete(
                "/messages/{id}/location", "End a live location", errors: [.validationFailed, .forbidden], endLocation),
        ]
    }

    private func forward(_ input: ForwardInput, _ call: Call) async throws -> Outcomes<ForwardOutcome> {
        Outcomes(
            try await sending.forward(
                input.id, to: input.conversations, clientID: input.clientID, by: try call.signedIn))
    }

    private func bulk(_ input: BulkInput, _ call: Call) async throws -> Outcomes<BulkOutcome> {
        Outcomes(try await conversations.perform(input.action, on: input.ids, by: try call.signedIn))
    }

    private func move(_ input: LocationInput, _ call: Call) async throws -> Message {
        try await conversations.moveLocation(
            input.id, to: (input.latitude, input.longitude), by: try call.signedIn)
    }

    private func endLocation(_ input: MessagePath, _ call: Call) async throws -> Message {
        try await conversations.moveLocation(input.id, to: nil, by: try call.signedIn)
    }
}

struct ForwardInput: RouteInput {
    let id: ID<Message>
    let conversations: [ID<Conversation>]
    let clientID: String?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        conversations = input.read("conversationIds", .list(ofDifferent: .id(of: Conversation.self), 1...20))
        clientID = input.headerIfPresent("Idempotency-Key", .text(1...64))
    }
}

struct BulkInput: RouteInput {
    let action: BulkAction
    let ids: [ID<Message>]

    init(from input: inout InputReader) {
        action = input.read("action", .choice())
        ids = input.read("ids", .list(ofDifferent: .id(of: Message.self), 1...100))
    }
}

extension BulkAction: SchemaBearing {}

struct LocationInput: RouteInput {
    let id: ID<Message>
    let latitude: Double
    let longitude: Double

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        latitude = input.read("latitude", .number(-90...90))
        longitude = input.read("longitude", .number(-180...180))
    }
}
