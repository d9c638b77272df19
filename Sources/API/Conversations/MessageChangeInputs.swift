import APIFrame
import HTTP
import JSON
import Model
import Runtime

struct EditInput: RouteInput {
    let id: ID<Message>
    let content: String

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        content = input.read("content", .text(1...Message.longestContent))
    }
}

struct DeletionInput: RouteInput {
    enum Audience: String, Sendable, CaseIterable { case me, all }

    let id: ID<Message>
    let audience: Audience

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        audience = input.query("for", .choice().described("For whom it is deleted."), default: .me)
    }
}

extension DeletionInput.Audience: SchemaBearing {}

struct ReactionPath: RouteInput {
    let id: ID<Message>
    let emoji: String

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        emoji = input.path("emoji", .text(1...16))
    }
}

struct ChangesInput: RouteInput {
    let id: ID<Conversation>
    let sinceRev: Int64
    let limit: Int

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        sinceRev = input.query(
            "sinceRev", .integer(0...Int64.max).described("`throughRev` of the last answer."), default: 0)
        limit = input.query("limit", .integer(1...100).described("How many messages at most."), default: 100)
    }
}
