import Postgres
import Queue
import Runtime

extension Conversations {
    /// Tells the others that somebody has begun to type, or has stopped.
    package func type(_ isTyping: Bool, in id: ID<Conversation>, by user: ID<User>) async throws {
        let belongs: Bool = try await database.one(
            """
            select exists (
                select from members where conversation_id = \(id) and user_id = \(user) and left_at is null
            )
            """)
        guard belongs else { throw Self.unknown }
        _ = try await durable.client.enqueue(
            TellTyping(user, isTyping: isTyping, in: id), JobOptions(expiresAt: .now + TellTyping.lifetime))
    }

    /// Whom a message has reached, and who has read it, by their marks. Whoever keeps their own to themselves sees those of
    /// nobody, and across a block nobody sees any.
    package func receipts(of id: ID<Message>, for user: SignedInUser) async throws -> [Receipt] {
        let message = try await database.value(of: message(id, for: user))
        guard try await find(message.conversation, for: user).kind != .channel else {
            throw Problem(.forbidden, "In channels nobody learns what others have read")
        }
        return try await database.all(
            """
            select o.conversation_id, o.user_id, o.read_seq, o.delivered_seq
            from members o
            join member_periods p on p.conversation_id = o.conversation_id and p.user_id = o.user_id
                and p.to_rev is null and p.from_seq <= \(message.seq)
            join user_settings mine on mine.user_id = \(user.id)
            join user_settings theirs on theirs.user_id = o.user_id
            where o.conversation_id = \(message.conversation) and o.left_at is null
                and o.delivered_seq >= \(message.seq) and o.user_id <> \(message.sender)
                and (o.user_id = \(user.id) or mine.read_receipts and theirs.read_receipts and not exists (
                    select from blocks b
                    where b.blocker_id = \(user.id) and b.blocked_id = o.user_id
                        or b.blocker_id = o.user_id and b.blocked_id = \(user.id)
                ))
            order by o.user_id
            """)
    }
}
