import JSON
import Postgres
import Runtime

/// What somebody has said, as members see it.
package struct Message: Sendable {
    package let id: ID<Message>
    package let conversation: ID<Conversation>
    package let seq: Int64
    package let rev: Int64
    package let sender: ID<User>
    package let clientID: String?
    package let kind: String
    /// Empty once it was deleted.
    package let content: String
    package let metadata: JSONValue?
    package let replyTo: ID<Message>?
    package let threadRoot: ID<Message>?
    package let createdAt: Timestamp
    package let editedAt: Timestamp?
    package let deletedAt: Timestamp?
    package let pinnedAt: Timestamp?
    /// In the order in which they came up.
    package internal(set) var reactions: [Reaction]

    /// As it is shown to many at once.
    var withoutViewer: Message {
        var shown = self
        shown.reactions = reactions.map { Reaction(emoji: $0.emoji, count: $0.count, isMine: nil) }
        return shown
    }

    package static let longestContent = 10_000
}

extension Message {
    /// One that was written just now, with the numbers that it got.
    init(_ new: NewMessage, id: ID<Message>, seq: Int64, rev: Int64, at time: Timestamp) {
        self.id = id
        conversation = new.conversation
        self.seq = seq
        self.rev = rev
        sender = new.sender
        clientID = new.clientID
        kind = new.content.kind
        content = new.content.text
        metadata = new.content.metadata
        replyTo = new.replyTo
        threadRoot = new.threadRoot
        createdAt = time
        editedAt = nil
        deletedAt = nil
        pinnedAt = nil
        reactions = []
    }
}

/// How often a message was answered with one emoji.
package struct Reaction: Sendable, Equatable {
    package let emoji: String
    package let count: Int
    /// Whether the person who looks is among them; nil where it is for many to look at.
    package let isMine: Bool?
}

/// What a message says, in the form of its type. The text is kept as it was written; markdown is for whoever shows it.
package enum MessageContent: Sendable, Equatable {
    case text(String)
    case code(String, language: String?)
    case location(latitude: Double, longitude: Double, name: String?)
    case contact(name: String, phone: String?, email: String?)

    package var kind: String {
        switch self {
        case .text: "text"
        case .code: "code"
        case .location: "location"
        case .contact: "contact"
        }
    }

    /// What is searched and shown where there is room for a line.
    package var text: String {
        switch self {
        case .text(let text), .code(let text, _): text
        case .location(_, _, let name): name ?? ""
        case .contact(let name, _, _): name
        }
    }

    /// What the type has besides.
    package var metadata: JSONValue? {
        switch self {
        case .text: nil
        case .code(_, let language): language.map { .object(["language": .string($0)]) }
        case .location(let latitude, let longitude, _):
            .object(["latitude": .init(latitude), "longitude": .init(longitude)])
        case .contact(_, let phone, let email):
            .object(["phone": phone.map { .string($0) } ?? .null, "email": email.map { .string($0) } ?? .null])
        }
    }
}

/// A message as its sender asks for it.
package struct NewMessage: Sendable {
    package let conversation: ID<Conversation>
    package let sender: ID<User>
    package let content: MessageContent
    /// Whoever asks again under the same id gets the message that was sent before.
    package let clientID: String?
    package let replyTo: ID<Message>?
    package let threadRoot: ID<Message>?

    package init(
        in conversation: ID<Conversation>, by sender: ID<User>, _ content: MessageContent, clientID: String? = nil,
        replyTo: ID<Message>? = nil, threadRoot: ID<Message>? = nil
    ) {
        self.conversation = conversation
        self.sender = sender
        self.content = content
        self.clientID = clientID
        self.replyTo = replyTo
        self.threadRoot = threadRoot
    }
}

extension JSONValue {
    fileprivate init(_ number: Double) { self = JSONNumber(number).map { .number($0) } ?? .null }
}
