import Crypto
import JSON
import Runtime

/// A message as its sender asks for it.
package struct NewMessage: Sendable {
    package let id: ID<Message>
    package let conversation: ID<Conversation>
    package let sender: ID<User>
    package let content: MessageContent
    /// Whoever asks again under the same id gets the message that was sent before.
    package var clientID: String?
    package let replyTo: ID<Message>?
    package let threadRoot: ID<Message>?
    /// After which it deletes itself.
    package var lifetime: Duration?
    /// How often it was passed on.
    package var forwardHops = 0
    /// Said by nobody who is there.
    package var isAutomatic = false
    /// What it answers, in the conversation with its author.
    package var story: ID<Story>?
    /// The files that it holds, as they are when it is sent.
    package internal(set) var attachments: [Media] = []

    package init(
        _ id: ID<Message> = .new(), in conversation: ID<Conversation>, by sender: ID<User>, _ content: MessageContent,
        clientID: String? = nil, replyTo: ID<Message>? = nil, threadRoot: ID<Message>? = nil, lifetime: Duration? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.sender = sender
        self.content = content
        self.clientID = clientID
        self.replyTo = replyTo
        self.threadRoot = threadRoot
        self.lifetime = lifetime
    }

    /// What tells whether two messages under one client id are the same; when they were sent does not belong to it.
    var digest: [UInt8] {
        var parts = [
            content.kind, content.text, content.metadata.flatMap { try? JSONCoder.text($0) } ?? "",
            replyTo?.description ?? "", threadRoot?.description ?? "",
        ]
        if let lifetime { parts.append("\(lifetime.components.seconds)") }
        if let story { parts.append("story \(story)") }
        // With their lengths, so that no part can pass for the end of another.
        let whole = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return Array(Hash.sha256(whole).prefix(16))
    }

    /// What is stored besides the text. Members are in the order of their names.
    func bodyText(at now: Timestamp) -> String? { body(at: now).flatMap { try? JSONCoder.text($0) } }

    func body(at now: Timestamp) -> JSONValue? {
        guard lifetime != nil || forwardHops > 0 || isAutomatic || content.isLive || story != nil else {
            return content.metadata
        }
        var members: [String: JSONValue] = [:]
        if case .object(let own)? = content.metadata { members = own }
        if case .liveLocation(_, _, let span) = content { members["until"] = .string((now + span).rfc3339) }
        if let lifetime { members["expiresAt"] = .string((now + lifetime).rfc3339) }
        if forwardHops > 0 { members["forwardHops"] = .number(forwardHops) }
        if isAutomatic { members["automatic"] = true }
        if let story { members["storyId"] = .string("\(story)") }
        return .object(members)
    }
}

extension MessageContent {
    fileprivate var isLive: Bool { if case .liveLocation = self { true } else { false } }
}
