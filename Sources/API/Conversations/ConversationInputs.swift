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

struct ReadInput: RouteInput {
    let id: ID<Conversation>
    let seq: Int64

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        seq = input.read("seq", .integer(0...Int64.max))
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

/// What somebody sends; which members it has besides depends on the type.
struct MessageInput: RouteInput {
    enum Kind: String, Sendable, CaseIterable { case text, code, location, contact }

    struct Metadata: RouteInput {
        let language: String?
        let latitude: Double?
        let longitude: Double?
        let phone: String?
        let email: String?

        init(from input: inout InputReader) {
            language = input.readIfPresent("language", .line(1...40))
            latitude = input.readIfPresent("latitude", .number(-90...90))
            longitude = input.readIfPresent("longitude", .number(-180...180))
            phone = input.readIfPresent("phone", .line(3...40))
            email = input.readIfPresent("email", .email)
        }
    }

    let conversation: ID<Conversation>
    let kind: Kind
    let content: String
    let metadata: Metadata?
    let clientID: String?
    let replyTo: ID<Message>?
    let threadRoot: ID<Message>?

    init(from input: inout InputReader) {
        conversation = input.path("id", .id())
        kind = input.read("type", .choice(), default: .text)
        content = input.read(
            "content",
            .text(0...Message.longestContent).described(
                "Of a text its markdown, of code the code, of a location or a contact the name."), default: "")
        metadata = input.readIfPresent(
            "metadata",
            .object(Metadata.self).described(
                "Code: `language`. Location: `latitude` and `longitude`. Contact: `phone` and `email`, one of them at least."
            ))
        let key = input.headerIfPresent("Idempotency-Key", .text(1...64))
        clientID = input.readIfPresent("clientId", .text(1...64)) ?? key
        replyTo = input.readIfPresent("replyToId", .id())
        threadRoot = input.readIfPresent("threadRootId", .id())
    }

    func message(by sender: ID<User>) throws(Problem) -> NewMessage {
        NewMessage(
            in: conversation, by: sender, try said, clientID: clientID, replyTo: replyTo, threadRoot: threadRoot)
    }

    private var said: MessageContent {
        get throws(Problem) {
            let isBlank = content.allSatisfy(\.isWhitespace)
            switch kind {
            case .text, .code, .contact:
                if isBlank { throw .invalid("content", .tooShort, "must say something") }
            case .location: break
            }
            switch kind {
            case .text: return .text(content)
            case .code: return .code(content, language: metadata?.language)
            case .location:
                guard let latitude = metadata?.latitude, let longitude = metadata?.longitude else {
                    throw .invalid("metadata", .missing, "needs latitude and longitude")
                }
                return .location(latitude: latitude, longitude: longitude, name: isBlank ? nil : content)
            case .contact:
                guard metadata?.phone != nil || metadata?.email != nil else {
                    throw .invalid("metadata", .missing, "needs phone or email")
                }
                return .contact(name: content, phone: metadata?.phone, email: metadata?.email)
            }
        }
    }
}

extension MessageInput.Kind: SchemaBearing {}
