import JSON
import Postgres
import Queue
import Runtime

/// What answers for somebody who is away.
package struct AutoReply: Sendable {
    package let content: String
    package let startsAt: Timestamp
    /// Nil: until it is taken away.
    package let endsAt: Timestamp?

    package init(_ content: String, startsAt: Timestamp, endsAt: Timestamp? = nil) {
        self.content = content
        self.startsAt = startsAt
        self.endsAt = endsAt
    }
}

extension AutoReply: RowDecodable {
    package init(row: Row) throws(RowError) {
        content = try row["content"]
        startsAt = try row["starts_at"]
        endsAt = try row["ends_at"]
    }
}

extension Conversations {
    package func autoReply(of user: SignedInUser) async throws -> AutoReply? {
        try await database.first("select content, starts_at, ends_at from auto_replies where user_id = \(user.id)")
    }

    /// Nil takes it away.
    package func setAutoReply(_ reply: AutoReply?, by user: SignedInUser) async throws {
        guard let reply else {
            try await database.run("delete from auto_replies where user_id = \(user.id)")
            return
        }
        if let end = reply.endsAt, end <= reply.startsAt {
            throw Problem.invalid("endsAt", .outOfRange, "is not after startsAt")
        }
        try await database.run(
            """
            insert into auto_replies (user_id, content, starts_at, ends_at, updated_at)
            values (\(user.id), \(reply.content), \(reply.startsAt), \(reply.endsAt), \(now))
            on conflict (user_id) do update
            set content = excluded.content, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                updated_at = excluded.updated_at
            """)
    }
}

/// Answers a message for whoever is away.
package struct AnswerAutomatically: Job, Codable, Equatable {
    package static let kind = "message.answer_automatically"
    package static let queue = QueueName.fanout
    package let message: ID<Message>

    package init(message: ID<Message>) { self.message = message }
}

/// Says what a business greets its customers with.
package struct GreetCustomer: Job, Codable, Equatable {
    package static let kind = "business.greet"
    package static let queue = QueueName.fanout
    package let conversation: ID<Conversation>

    package init(conversation: ID<Conversation>) { self.conversation = conversation }
}
