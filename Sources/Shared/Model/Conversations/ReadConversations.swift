import Postgres
import Runtime

/// Which of one's conversations are wanted; nil is all.
package struct ConversationFilter: Sendable {
    package var kind: Conversation.Kind?
    package var isArchived: Bool?

    package init(kind: Conversation.Kind? = nil, isArchived: Bool? = nil) {
        self.kind = kind
        self.isArchived = isArchived
    }
}

extension Conversations {
    /// Newest activity first, after the place of `before`.
    package func list(
        of user: SignedInUser, _ filter: ConversationFilter = ConversationFilter(),
        before: (Timestamp, ID<Conversation>)?, limit: Int
    ) async throws -> [Conversation] {
        try await Conversation.all(for: user.id, filter, before: before, limit: limit, on: database)
    }

    package func find(_ id: ID<Conversation>, for user: SignedInUser) async throws -> Conversation {
        guard let found = try await Conversation.find(id, for: user.id, on: database) else { throw Self.unknown }
        return found
    }

    package func members(
        of id: ID<Conversation>, for user: SignedInUser, after: ID<User>?, limit: Int
    ) async throws -> [Member] {
        _ = try await find(id, for: user)
        return try await Member.all(of: id, after: after, limit: limit, on: database)
    }

    package func messages(
        of id: ID<Conversation>, for user: SignedInUser, _ range: Message.Range, limit: Int
    ) -> Query<[Message]> {
        Message.page(of: id, for: user.id, range, limit: limit).map { page in
            guard let page else { throw Self.unknown }
            return page
        }
    }

    package func message(_ id: ID<Message>, for user: SignedInUser) -> Query<Message> {
        Message.finding(id, for: user.id).map { found in
            guard let found else { throw Self.unknownMessage }
            return found
        }
    }

    static var unknown: Problem { Problem(.notFound, "There is no such conversation.") }
}
