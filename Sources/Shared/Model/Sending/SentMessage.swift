import JSON
import Runtime

/// What the event of a new message says of it, without asking anybody.
package struct SentMessage: Sendable, Equatable {
    package let id: ID<Message>
    package let conversation: ID<Conversation>
    package let sender: ID<User>
    package let kind: String
    package let isReply: Bool
    /// Somebody may be named in it.
    package let holdsAt: Bool
    /// Said for somebody who is away.
    package let isAutomatic: Bool

    /// Nil for an event of anything else.
    package init?(_ event: ConversationEvent) {
        guard event.seq > 0, let frame = event.frame,
            let created = try? JSONCoder.decode(Created.self, from: frame), let message = created.message
        else { return nil }
        self = message
    }
}

/// `{"type":"message.created","data":{…}}`
private struct Created: JSONReadable {
    static let type = "message.created"
    var message: SentMessage?

    init(json: inout JSONReader) throws(JSONStop) {
        var object = try json.object()
        var type: String?
        while let key = try json.nextKey(&object) {
            switch key {
            case "type": try json.read(&type)
            // The type is written first; of other events the rest is of no interest.
            case "data" where type == Created.type: try json.read(&message)
            default: try json.skip()
            }
        }
    }
}

extension SentMessage: JSONReadable {
    package init(json: inout JSONReader) throws(JSONStop) {
        var id: ID<Message>?
        var conversation: ID<Conversation>?
        var sender: ID<User>?
        var kind: String?
        var isAutomatic: Bool?
        var isReply = false, holdsAt = false
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "id": try json.read(&id)
            case "conversationId": try json.read(&conversation)
            case "senderId": try json.read(&sender)
            case "type": try json.read(&kind)
            case "isAutomatic": try json.read(&isAutomatic)
            case "replyToId": isReply = try json.raw().first == UInt8(ascii: "\"")
            case "content": holdsAt = try json.raw().contains(UInt8(ascii: "@"))
            default: try json.skip()
            }
        }
        guard let id, let conversation, let sender, let kind else {
            throw json.missing(object, ["id": id, "conversationId": conversation, "senderId": sender, "type": kind])
        }
        self.id = id
        self.conversation = conversation
        self.sender = sender
        self.kind = kind
        self.isReply = isReply
        self.holdsAt = holdsAt
        self.isAutomatic = isAutomatic ?? false
    }
}
