import JSON
import Runtime

/// Something that happened in a conversation and that its members are to hear of.
package struct ConversationEvent: Sendable, Equatable {
    package let conversation: ID<Conversation>
    /// The change that it tells of; 0 for what raises no rev.
    package let rev: Int64
    /// The number of the list of members that was in force.
    package let audience: Int64
    /// Of the message that it is about: it is for those whose stays cover it. 0 where it is about none.
    package var seq: Int64 = 0
    /// Members who learn that the rev has passed, and no more.
    package var keptFrom: [ID<User>] = []
    /// What goes to the sockets: a JSON object. Nil where it is read when it is told.
    package var frame: [UInt8]?
    /// What was done, where that does not follow from what stands there.
    package var deed: ReactionDeed?

    /// A change that is read when it is told: what stands there then may be of a later rev, and is told with that one.
    package init(_ conversation: ID<Conversation>, rev: Int64, audience: Int64) {
        self.conversation = conversation
        self.rev = rev
        self.audience = audience
    }
}

extension ConversationEvent: JSONWritable, JSONReadable {
    package func write(json: inout JSONWriter) {
        json.object { json in
            json.member("c", conversation)
            json.member("r", rev)
            json.member("a", audience)
            if seq > 0 { json.member("s", seq) }
            if !keptFrom.isEmpty { json.member("k", keptFrom) }
            json.member("d", ifPresent: deed)
            if let frame {
                json.key("f")
                frame.withUnsafeBytes { json.raw($0) }
            }
        }
    }

    package init(json: inout JSONReader) throws(JSONStop) {
        var conversation: ID<Conversation>?
        var rev: Int64?, audience: Int64?, seq: Int64?
        var keptFrom: [ID<User>]?
        var frame: [UInt8]?
        var deed: ReactionDeed?
        var object = try json.object()
        while let key = try json.nextKey(&object) {
            switch key {
            case "c": try json.read(&conversation)
            case "r": try json.read(&rev)
            case "a": try json.read(&audience)
            case "s": try json.readIfPresent(&seq)
            case "k": try json.readIfPresent(&keptFrom)
            case "d": try json.readIfPresent(&deed)
            case "f": frame = Array(try json.raw())
            default: try json.skip()
            }
        }
        guard let conversation, let rev, let audience else {
            throw json.missing(object, ["c": conversation, "r": rev, "a": audience])
        }
        self.init(conversation, rev: rev, audience: audience)
        self.seq = seq ?? 0
        self.keptFrom = keptFrom ?? []
        self.frame = frame
        self.deed = deed
    }
}

/// Somebody has answered a message with an emoji, or has taken that back.
package struct ReactionDeed: Sendable, Equatable, Codable, JSONReadable, JSONWritable {
    let user: ID<User>
    let emoji: String
    let isThere: Bool
}
