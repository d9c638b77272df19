import Postgres
import Runtime

extension MembershipStanding {
    /// Begins stays. Who joins has read what was said before.
    func join(_ users: [ID<User>], at now: Timestamp, on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            insert into members (conversation_id, user_id, role, joined_at, rev, read_seq, delivered_seq)
            select \(conversation), u, 'member', \(now), \(membersRev), \(lastSeq), \(lastSeq) from unnest(\(users)) u
            on conflict (conversation_id, user_id) do update
            set role = 'member', joined_at = excluded.joined_at, left_at = null, removed_at = null, rev = excluded.rev,
                read_seq = excluded.read_seq, delivered_seq = excluded.delivered_seq
            """)
        // With the message that says so. Where nothing is said, nothing may have happened since an earlier stay began: that one
        // goes on.
        try await transaction.run(
            """
            insert into member_periods (conversation_id, user_id, from_seq, from_rev)
            select \(conversation), u, case when \(showsPast) then 1 else \(lastSeq + 1) end, \(membersRev)
            from unnest(\(users)) u
            on conflict (conversation_id, user_id, from_rev) do update set to_seq = null, to_rev = null
            """)
    }

    func end(
        of user: ID<User>, _ event: MembershipEvent, by actor: ID<User>, at now: Timestamp,
        on transaction: some SQLRunner
    ) async throws {
        try await transaction.run(
            """
            update members set left_at = \(now), rev = \(membersRev), role = 'member',
                removed_at = \(event == .removed ? now : nil)
            where conversation_id = \(conversation) and user_id = \(user)
            """)
        try await transaction.run(
            """
            update member_periods set to_seq = greatest(\(lastSeq), from_seq - 1), to_rev = \(lastRev)
            where conversation_id = \(conversation) and user_id = \(user) and to_rev is null
            """)
        try await Invite.revokeAll(of: conversation, by: user, at: now, on: transaction)
        try await record(event, of: [user], by: actor, members: -1, at: now, on: transaction)
        try await UserChange.record(.conversation, conversation.uuid, ofAll: [user], at: now, on: transaction)
    }

    func set(_ role: Member.Role, of user: ID<User>, on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            update members set role = \(role), rev = \(membersRev)
            where conversation_id = \(conversation) and user_id = \(user)
            """)
    }

    func admins(on transaction: some SQLRunner) async throws -> Int {
        try await transaction.one(
            """
            select count(*)::int from members
            where conversation_id = \(conversation) and role = 'admin' and left_at is null
            """)
    }

    /// After an administrator has gone, and that was recorded.
    func passOn(after user: ID<User>, at now: Timestamp, on transaction: some SQLRunner) async throws {
        guard try await admins(on: transaction) == 0 else { return }
        let heir: ID<User>? = try await transaction.first(
            """
            select user_id from members
            where conversation_id = \(conversation) and left_at is null
            order by (role = 'moderator') desc, joined_at, user_id
            limit 1
            """)
        guard let heir else {
            try await transaction.run("update conversations set deleted_at = \(now) where id = \(conversation)")
            return
        }
        let standing = afterRecord
        try await standing.set(.admin, of: heir, on: transaction)
        try await standing.record(.role, of: [heir], by: user, members: 0, at: now, on: transaction)
        try await UserChange.record(.conversation, conversation.uuid, ofAll: [heir], at: now, on: transaction)
    }
}
