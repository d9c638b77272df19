import JSON
import Postgres
import Queue
import Runtime

extension Conversations {
    /// Puts another text in a message's place; what stood there is kept. Saying the same again changes nothing.
    package func edit(_ id: ID<Message>, to content: String, by user: SignedInUser) async throws -> Message {
        try await changing(id, by: user) { standing, transaction in
            guard standing.sender == user.id, !standing.isReader else {
                throw Problem(.forbidden, "Only its sender edits a message")
            }
            guard ["text", "code"].contains(standing.kind) || FileMessage.Kind(rawValue: standing.kind) != nil else {
                throw Problem.invalid("content", .invalid, "belongs to no message of this type")
            }
            guard now - standing.createdAt < limits.editing else {
                throw Problem(.forbidden, "It is too late to edit this message")
            }
            guard content.contains(where: { !$0.isWhitespace }) else {
                throw Problem.invalid("content", .tooShort, "must say something")
            }
            guard content != standing.content else { return }
            try await standing.edit(to: content, at: now, on: transaction)
            if standing.kind == "text", LinkPreview.link(in: content) != nil {
                try await transaction.enqueue(PreviewLink(message: id))
            }
            if content.contains("@") { try await transaction.enqueue(NotifyOfMessage(message: id)) }
        }
    }

    /// Leaves an empty place that all see.
    package func deleteForAll(_ id: ID<Message>, by user: SignedInUser) async throws {
        try await changing(id, by: user) { standing, transaction in
            guard standing.sender == user.id || standing.moderates else {
                throw Problem(.forbidden, "Only its sender, or a moderator, deletes a message for all")
            }
            guard standing.moderates || now - standing.createdAt < limits.deleting else {
                throw Problem(.forbidden, "It is too late to delete this message for all")
            }
            try await standing.place.delete(at: now, on: transaction)
        }
    }

    /// Takes the message from the person's own view, on all their devices. Whoever does not see it has nothing to hide.
    package func hide(_ id: ID<Message>, by user: SignedInUser) async throws {
        try await database.transaction { transaction in
            let conversation: ID<Conversation>? = try await transaction.first(
                """
                insert into hidden_messages (conversation_id, user_id, message_id, hidden_at)
                select n.conversation_id, \(user.id), n.id, \(now)
                from \(Message.seen(by: user.id))
                where n.id = \(id) and \(Message.isFor(user.id))
                on conflict (conversation_id, user_id, message_id) do update set hidden_at = hidden_messages.hidden_at
                returning conversation_id
                """)
            guard let conversation else { throw Self.unknownMessage }
            try await UserChange.record(
                .hiddenMessages, conversation.uuid, of: user.id, at: now, on: transaction)
        }
    }

    /// Pins it, or takes the pin away; the one that is pinned last comes first.
    package func setPinned(_ isPinned: Bool, _ id: ID<Message>, by user: SignedInUser) async throws -> Message {
        try await changing(id, by: user) { standing, transaction in
            guard standing.mayPin else {
                throw Problem(.forbidden, "Only administrators and moderators pin messages")
            }
            guard standing.isPinned != isPinned, !standing.isBlocked else { return }
            if isPinned {
                let count: Int = try await transaction.one(
                    """
                    select count(*)::int from messages
                    where conversation_id = \(standing.conversation) and pinned_at is not null
                    """)
                guard count < Message.mostPinned else {
                    throw Problem(.conflict, "There are \(Message.mostPinned) pinned messages already")
                }
            }
            try await standing.setPinned(isPinned ? now : nil, by: user.id, on: transaction)
        }
    }

    /// Those that the person may see.
    package func pinned(in id: ID<Conversation>, for user: SignedInUser) -> Query<[Message]> {
        Query.all(
            """
            \(Message.select(for: "\(user.id)", from: Message.seen(by: user.id)))
            where n.conversation_id = \(id) and n.pinned_at is not null and \(Message.isFor(user.id))
            order by n.pinned_at desc, n.seq desc
            """)
    }

    // MARK: -

    /// Runs `change` for a message that the person sees and that still says something, and returns it as it is then.
    @discardableResult
    func changing(
        _ id: ID<Message>, by user: SignedInUser, _ deed: ReactionDeed? = nil,
        _ change: (MessageStanding, JobTransaction) async throws -> Void
    ) async throws -> Message {
        try await telling { transaction in
            guard let standing = try await MessageStanding.take(id, for: user.id, on: transaction), !standing.isDeleted
            else { throw Self.unknownMessage }
            try await change(standing, transaction)
            return (try await transaction.value(of: message(id, for: user)), standing.mark(deed))
        }
    }

    static var unknownMessage: Problem { Problem(.notFound, "There is no such message.") }
}

extension Message {
    package static let mostPinned = 50
}

extension UserChange.Subject {
    /// The subject is the conversation.
    static let hiddenMessages = UserChange.Subject("hidden_messages")
}

extension MessageStanding {
    fileprivate func edit(to content: String, at now: Timestamp, on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            insert into message_versions (conversation_id, message_id, version, content, body, written_at)
            select n.conversation_id, n.id, 1 + (
                    select count(*) from message_versions v
                    where v.conversation_id = n.conversation_id and v.message_id = n.id
                ), n.content, n.body, coalesce(n.edited_at, n.created_at)
            from messages n
            where n.id = \(message)
            """)
        try await transaction.run(
            """
            \(raise)
            update messages n set content = \(content), body = n.body - 'preview', edited_at = \(now), rev = raised.rev
            from raised
            where n.id = \(message)
            """)
        if isBlocked {
            // As with a message: whoever is blocked is not told so, and the other sees nothing of what is written now.
            try await transaction.run(
                """
                update messages n
                set withheld_from = case when c.first_id = n.sender_id then c.second_id else c.first_id end
                from conversations c
                where n.id = \(message) and c.id = n.conversation_id
                """)
        }
        try await place.noteTagsAndMentions(on: transaction)
    }

    fileprivate func setPinned(_ time: Timestamp?, by user: ID<User>, on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            \(raise)
            update messages n
            set pinned_at = \(time), pinned_by = case when \(time)::timestamptz is null then null else \(user)::uuid end,
                rev = raised.rev
            from raised
            where n.id = \(message)
            """)
    }
}
