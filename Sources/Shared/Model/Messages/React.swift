import JSON
import Postgres
import Queue
import Runtime

extension Conversations {
    /// Answers a message with an emoji, or takes that back. Doing either again changes nothing.
    package func setReaction(
        _ emoji: String, _ isThere: Bool, to id: ID<Message>, by user: SignedInUser
    ) async throws -> Message {
        let emoji = emoji.shownAsEmoji
        guard emoji.isOneEmoji else { throw Problem.invalid("emoji", .invalid, "is no emoji") }
        let deed = ReactionDeed(user: user.id, emoji: emoji, isThere: isThere)
        return try await changing(id, by: user, deed) { standing, transaction in
            // As with a message: whoever is blocked is not told so, and the other sees nothing of it.
            guard !standing.isBlocked else { return }
            if isThere { try await standing.demandRoom(for: emoji, on: transaction) }
            let changed = try await standing.setReaction(emoji, isThere, by: user.id, at: now, on: transaction)
            guard changed else { return }
            try await standing.count(isThere ? 1 : -1, on: transaction)
            guard standing.conversationKind != .channel else {
                return try await PublishCounts(message: id).gather(on: transaction)
            }
            if isThere, standing.sender != user.id {
                try await Notification.tell(
                    [standing.sender], .reaction, by: user.id, in: standing.conversation, of: id, at: now,
                    on: transaction)
            }
        }
    }
}

extension Message {
    /// Different ones; how many people take part is not limited.
    package static let mostReactions = 20
}

extension MessageStanding {
    fileprivate func demandRoom(for emoji: String, on transaction: some SQLRunner) async throws {
        let others: Int = try await transaction.one(
            """
            select count(distinct emoji)::int from reactions
            where conversation_id = \(conversation) and message_id = \(message) and emoji <> \(emoji)
            """)
        guard others < Message.mostReactions else {
            throw Problem(.conflict, "There are \(Message.mostReactions) different reactions already")
        }
    }

    /// Whether it changed anything.
    fileprivate func setReaction(
        _ emoji: String, _ isThere: Bool, by user: ID<User>, at now: Timestamp, on transaction: some SQLRunner
    ) async throws -> Bool {
        guard isThere else {
            return try await transaction.run(
                """
                delete from reactions
                where conversation_id = \(conversation) and message_id = \(message) and emoji = \(emoji)
                    and user_id = \(user)
                """) > 0
        }
        return try await transaction.run(
            """
            insert into reactions (conversation_id, message_id, emoji, user_id, created_at)
            values (\(conversation), \(message), \(emoji), \(user), \(now))
            on conflict do nothing
            """) > 0
    }

    /// In a channel it raises nothing: thousands may react there at once.
    fileprivate func count(_ difference: Int, on transaction: some SQLRunner) async throws {
        guard conversationKind != .channel else {
            try await transaction.run(
                "update messages set reaction_count = reaction_count + \(difference) where id = \(message)")
            return
        }
        try await transaction.run(
            """
            \(raise)
            update messages n set reaction_count = n.reaction_count + \(difference), rev = raised.rev
            from raised
            where n.id = \(message)
            """)
    }
}

extension String {
    /// With the selector that some keyboards leave out where a sign, such as a heart, is text without it.
    fileprivate var shownAsEmoji: String {
        guard let sign = unicodeScalars.first, unicodeScalars.count == 1, sign.value > 0xFF, sign.properties.isEmoji,
            !sign.properties.isEmojiPresentation
        else { return self }
        return self + "\u{FE0F}"
    }

    /// One character that is shown as an emoji. Digits and signs are emoji to Unicode too, but only with a selector.
    fileprivate var isOneEmoji: Bool {
        guard count == 1, utf8.count <= 32 else { return false }
        let scalars = unicodeScalars
        return scalars.contains { $0.properties.isEmojiPresentation }
            || scalars.contains { $0.value == 0xFE0F } && scalars.contains { $0.properties.isEmoji }
    }
}
