import JSON
import Postgres
import Runtime

/// What became of a message in one of the conversations that it was passed on to.
package struct ForwardOutcome: Sendable {
    package let conversation: ID<Conversation>
    package let outcome: Result<Message, Problem>
}

extension Sending {
    /// Passes a message on. One that has come a long way goes to one conversation at a time.
    package func forward(
        _ id: ID<Message>, to conversations: [ID<Conversation>], clientID: String?, by user: SignedInUser
    ) async throws -> [ForwardOutcome] {
        try NewMessage.check(clientID: clientID)
        let source = try await database.value(of: self.conversations.message(id, for: user))
        let content = try source.passedOn()
        guard source.forwardHops < Message.longWay || conversations.count == 1 else {
            throw Problem.invalid(
                "conversationIds", .tooMany, "this message was passed on often: one conversation at a time")
        }
        return try await withThrowingTaskGroup { group in
            for conversation in conversations {
                var copy = NewMessage(in: conversation, by: user.id, content, clientID: clientID)
                copy.forwardHops = source.forwardHops + 1
                let message = copy
                group.addTask {
                    do {
                        return ForwardOutcome(conversation: conversation, outcome: .success(try await send(message)))
                    } catch let problem as Problem {
                        return ForwardOutcome(conversation: conversation, outcome: .failure(problem))
                    }
                }
            }
            let outcomes = try await group.reduce(into: [:]) { $0[$1.conversation] = $1 }
            return conversations.compactMap { outcomes[$0] }
        }
    }
}

extension Message {
    /// After so many hops it has come a long way.
    package static let longWay = 5

    /// What it says to those that it is passed on to.
    fileprivate func passedOn() throws(Problem) -> MessageContent {
        guard deletedAt == nil else { throw Problem(.notFound, "There is no such message.") }
        guard expiresAt == nil else { throw Problem(.forbidden, "A message that deletes itself is not passed on") }
        switch kind {
        case "system", "poll": throw .invalid("id", .invalid, "a message of this type is not passed on")
        case "live_location":
            return .location(
                latitude: metadata?["latitude"]?.double ?? 0, longitude: metadata?["longitude"]?.double ?? 0, name: nil)
        case "image", "album", "video", "audio", "file":
            guard let kind = FileMessage.Kind(rawValue: kind) else { throw Problem(.notFound) }
            return .files(FileMessage(kind, attachments.map(\.id), caption: content))
        default: return .copy(kind: kind, text: content, metadata: ownMetadata)
        }
    }

    /// Without what belongs to this message rather than to what it says.
    private var ownMetadata: JSONValue? {
        guard case .object(var members)? = metadata else { return nil }
        for name in ["forwardHops", "automatic", "expiresAt", "preview", "storyId"] { members[name] = nil }
        return members.isEmpty ? nil : .object(members)
    }
}
