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
    /// Of a poll that is open or was.
    package internal(set) var tally: PollTally?
    /// The files that it holds, in their order.
    package let attachments: [Media]

    /// As it is shown to many at once.
    var withoutViewer: Message {
        var shown = self
        shown.reactions = reactions.map { Reaction(emoji: $0.emoji, count: $0.count, isMine: nil) }
        shown.tally = tally?.withoutViewer
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
        metadata = new.body(at: time)?.without("attachments")
        replyTo = new.replyTo
        threadRoot = new.threadRoot
        createdAt = time
        editedAt = nil
        deletedAt = nil
        pinnedAt = nil
        reactions = []
        tally = nil
        attachments = new.attachments
    }

    /// When it deletes itself.
    package var expiresAt: Timestamp? { metadata?["expiresAt"]?.string.flatMap { Timestamp(rfc3339: $0) } }
    /// How often it was passed on before it came here.
    package var forwardHops: Int { metadata?["forwardHops"]?.integer ?? 0 }
    /// Said by nobody who was there.
    package var isAutomatic: Bool { metadata?["automatic"]?.bool ?? false }
}

/// How often a message was answered with one emoji.
package struct Reaction: Sendable, Equatable {
    package let emoji: String
    package let count: Int
    /// Whether the person who looks is among them; nil where it is for many to look at.
    package let isMine: Bool?
}

extension JSONValue {
    /// Of an object all but one member; null where nothing is left.
    func without(_ name: String) -> JSONValue? {
        guard case .object(var members) = self, members.removeValue(forKey: name) != nil else { return self }
        return members.isEmpty ? nil : .object(members)
    }
}
