import JSON
import Postgres
import Queue
import Runtime

/// What leaves people: messages as they are, later, and for a while; what they pass on, and what answers for them.
package struct Sending: Sendable {
    package let conversations: Conversations
    let writer: MessageWriter

    var database: Database { conversations.database }
    var durable: DurableQueue { conversations.durable }
    var now: Timestamp { conversations.now }

    package init(_ conversations: Conversations, writer: MessageWriter) {
        self.conversations = conversations
        self.writer = writer
    }

    /// The look at a page is owed before the message is written: a job whose message was refused finds nothing to do.
    package func send(_ message: NewMessage) async throws -> Message {
        try message.check(at: now)
        let message = try await message.attaching(until: now, on: database)
        if message.content.namesLink {
            try await durable.enqueue(PreviewLink(message: message.id))
        }
        return try await writer.send(message)
    }
}

extension MessageContent {
    /// First a quick look: most messages name none.
    fileprivate var namesLink: Bool {
        guard kind == "text", text.utf8.count > 10, text.utf8.contains(UInt8(ascii: "/")) else { return false }
        return LinkPreview.link(in: text) != nil
    }
}

extension NewMessage {
    package static let shortestLife: Duration = .seconds(5)
    package static let longestLife: Duration = .days(366)

    /// As long as the database takes it; the schemas of requests count characters.
    private static let longestClientID = 64

    static func check(clientID: String?) throws(Problem) {
        guard (clientID?.utf8.count ?? 0) <= longestClientID else {
            throw .invalid("clientId", .tooLong, "at most \(longestClientID) bytes")
        }
    }

    /// What no schema says, because it depends on the time or on bytes.
    func check(at now: Timestamp) throws(Problem) {
        try Self.check(clientID: clientID)
        if case .poll(let poll) = content, let end = poll.closesAt, end <= now {
            throw .invalid("metadata.closesAt", .outOfRange, "must come after the poll")
        }
    }
}
