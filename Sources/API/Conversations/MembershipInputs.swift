import APIFrame
import HTTP
import JSON
import Model
import Runtime

struct AddMembersInput: RouteInput {
    let id: ID<Conversation>
    let users: [ID<User>]

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        users = input.read("userIds", .list(of: .id(of: User.self), 1...255))
    }
}

struct RoleInput: RouteInput {
    let id: ID<Conversation>
    let user: ID<User>
    let role: Member.Role

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        user = input.path("userId", .id())
        role = input.read("role", .choice())
    }
}

struct MemberPath: RouteInput {
    let id: ID<Conversation>
    /// Nil is oneself.
    let user: ID<User>?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        user = input.path("userId", .idOrMe)
    }
}

struct MuteInput: RouteInput {
    let id: ID<Conversation>
    let until: Timestamp?

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        until = input.readIfPresent("until", .timestamp.described("Without it, for good."))
    }
}

struct ConversationEditInput: RouteInput {
    let id: ID<Conversation>
    let edit: ConversationEdit

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        let title = input.readIfPresent("title", .line(1...120))
        let about = input.readIfPresent("about", .text(0...500))
        edit = ConversationEdit(title: title, about: about)
    }
}

extension Schema where Value == ID<User>? {
    /// A person's id, or `me`.
    static var idOrMe: Schema {
        Schema<String>.text(2...36, of: .token).mapped(placeholder: nil) { text throws(Unfit) in
            if text == "me" { return nil }
            guard let id = ID<User>(text) else { throw Unfit(.badFormat, "neither an id nor `me`") }
            return id
        }
    }
}
