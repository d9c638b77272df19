import APIFrame
import HTTP
import JSON
import Model
import Runtime

struct ConversationPath: RouteInput {
    let id: ID<Conversation>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct ConversationPage: RouteInput {
    let id: ID<Conversation>
    let page: PageRequest

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        page = input.page()
    }
}

struct ConversationInput: RouteInput {
    let new: NewConversation

    init(from input: inout InputReader) {
        let kind: Conversation.Kind = input.read("type", .choice())
        let title = input.readIfPresent("title", .line(1...120))
        let about = input.readIfPresent("about", .text(0...500))
        let members = input.read("memberIds", .list(of: .id(of: User.self), 0...255), default: [])
        new = NewConversation(kind, title: title, about: about, members: members)
    }
}

struct ConversationsInput: RouteInput {
    let filter: ConversationFilter
    let page: PageRequest

    init(from input: inout InputReader) {
        filter = ConversationFilter(
            kind: input.queryIfPresent("type", .choice()), isArchived: input.queryIfPresent("archived", .bool))
        page = input.page()
    }
}

struct ReadInput: RouteInput {
    let id: ID<Conversation>
    let seq: Int64

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        seq = input.read("seq", .integer(0...Int64.max))
    }
}

struct TypingInput: RouteInput {
    let id: ID<Conversation>
    let isTyping: Bool

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        isTyping = input.readIfPresent("isTyping", .bool.described("True unless one has stopped.")) ?? true
    }
}

struct MessagePath: RouteInput {
    let id: ID<Message>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct MessagesInput: RouteInput {
    let id: ID<Conversation>
    let before: Int64?
    let after: Int64?
    let limit: Int

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        before = input.queryIfPresent("before", .integer(1...Int64.max))
        after = input.queryIfPresent("after", .integer(0...Int64.max))
        limit = input.query("limit", .integer(1...100).described("How many at most."), default: 50)
    }

    var range: Message.Range {
        get throws(Problem) {
            switch (before, after) {
            case (_, nil): .before(before)
            case (nil, let after?): .after(after)
            default: throw .invalid("after", .invalid, "goes not together with before")
            }
        }
    }
}
