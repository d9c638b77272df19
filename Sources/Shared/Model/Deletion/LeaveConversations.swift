import Postgres
import Queue
import Runtime

extension DeleteAccount {
    /// Takes the person out of groups, channels, and businesses that they answer for, as if they had left: members hear of it, and
    /// somebody else becomes the administrator. What two people have with each other stays with the other one. How many it was.
    func leaveConversations(at now: Timestamp, on transaction: JobTransaction) async throws -> Int {
        // In the order of their ids, as whoever locks several does.
        let all: [ID<Conversation>] = try await transaction.all(
            """
            select c.id
            from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null
                and (c.type in ('group', 'channel') or c.type = 'business' and c.customer_id <> m.user_id)
            where m.user_id = \(user) and m.left_at is null
            order by c.id
            """)
        for id in all {
            guard let standing = try await MembershipStanding.take(id, for: user, on: transaction) else { continue }
            try await standing.end(of: user, .left, by: user, at: now, on: transaction)
            if standing.role == .admin { try await standing.passOn(after: user, at: now, on: transaction) }
            try await Conversations.tell(since: standing.mark, on: transaction)
        }
        return all.count
    }
}
