import JSON
import Postgres
import Queue
import Runtime

/// Ends the stays of those who belonged to a conversation that was ended, and takes from all what they had of it.
package struct DismissMembers: Job, Codable, Equatable {
    package static let kind = "conversation.dismiss"
    package static let queue = QueueName.fanout
    package let conversation: ID<Conversation>
    /// Those with smaller ids are out already.
    package var after: ID<User>?

    /// A channel may have a million members: so many have their turn, then others on the queue.
    fileprivate static let most = 500
}

extension Conversations {
    /// Ends a group or channel for everybody: nobody writes there any more, and nobody sees what was said. A group is
    /// empty at the commit, a channel soon after. What was said stays in the database, for no eyes.
    package func end(_ id: ID<Conversation>, by user: SignedInUser) async throws {
        try await durable.transaction { transaction in
            guard let standing = try await MembershipStanding.take(id, for: user.id, on: transaction) else {
                throw Self.unknown
            }
            try standing.demand(standing.role == .admin, "Only administrators end it")
            try await transaction.run("update conversations set deleted_at = \(now) where id = \(id)")
            try await Invite.revokeAll(of: id, by: nil, at: now, on: transaction)
            try await dismiss(DismissMembers(conversation: id), on: transaction)
            // Of a channel it may be millions.
            guard standing.kind != .channel else { return }
            try await transaction.run("delete from member_periods where conversation_id = \(id)")
        }
    }

    package func dismissMembers(_ job: DismissMembers) async throws {
        try await durable.transaction { try await dismiss(job, on: $0) }
    }

    /// Who left before has their turn too: they read what was said while they were there. Who has had it is not found again,
    /// so a second run goes on where the first one stopped.
    private func dismiss(_ job: DismissMembers, on transaction: JobTransaction) async throws {
        let id = job.conversation
        let users: [ID<User>] = try await transaction.all(
            """
            select m.user_id from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is not null
            where m.conversation_id = \(id)
                and (m.left_at is null or exists (
                    select from member_periods p where p.conversation_id = m.conversation_id and p.user_id = m.user_id
                ))
                and (\(job.after)::uuid is null or m.user_id > \(job.after))
            order by m.user_id
            limit \(DismissMembers.most)
            for update of m
            """)
        guard !users.isEmpty else { return }
        try await transaction.run(
            """
            with gone as (
                update members set left_at = \(now), role = 'member'
                where conversation_id = \(id) and user_id = any (\(users)) and left_at is null
            )
            delete from member_periods where conversation_id = \(id) and user_id = any (\(users))
            """)
        try await UserChange.record(.conversation, id.uuid, ofAll: users, at: now, on: transaction)
        if users.count == DismissMembers.most {
            try await transaction.enqueue(DismissMembers(conversation: id, after: users.last))
        }
    }
}
