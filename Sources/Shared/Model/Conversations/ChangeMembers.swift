import JSON
import Postgres
import Queue
import Runtime

extension Conversations {
    /// Adds people; those who belong to it already stay as they are. Whoever comes back begins a new stay.
    package func add(_ users: [ID<User>], to id: ID<Conversation>, by user: SignedInUser) async throws {
        try await changingMembers(of: id, by: user) { standing, transaction in
            try standing.demand(
                standing.addsPeople, "Only administrators, and in groups moderators, add people")
            let there: [ID<User>] = try await transaction.all(
                """
                select user_id from members
                where conversation_id = \(id) and user_id = any (\(users)) and left_at is null
                """)
            let new = Set(users).subtracting(there).sorted { $0.uuid < $1.uuid }
            guard !new.isEmpty else { return }
            guard standing.hasRoom(for: new.count) else {
                throw Problem.invalid(
                    "userIds", .tooLong, "would be more than \(Conversation.mostMembersOfGroup) members")
            }
            try await demandAcquaintance(with: new, of: user.id, isDirect: false, named: "userIds", on: transaction)
            try await standing.join(new, at: now, on: transaction)
            try await standing.record(
                .added, of: new, by: user.id, members: new.count, at: now, on: transaction)
            try await UserChange.record(.conversation, id.uuid, ofAll: new, at: now, on: transaction)
            try await Notification.tell(new, .added, by: user.id, in: id, at: now, on: transaction)
        }
    }

    /// Ends somebody's stay: from then on they see nothing new. What was there they keep, as long as nobody changes it.
    package func remove(_ other: ID<User>, from id: ID<Conversation>, by user: SignedInUser) async throws {
        guard other != user.id else { return try await leave(id, by: user) }
        try await changingMembers(of: id, by: user) { standing, transaction in
            guard let role = try await Member.role(of: other, in: id, on: transaction) else { throw Self.unknownMember }
            try standing.demand(
                standing.role == .admin || standing.role == .moderator && role == .member,
                "Administrators remove anybody, moderators remove members")
            try await standing.end(of: other, .removed, by: user.id, at: now, on: transaction)
        }
    }

    /// When the last administrator goes, the longest-standing moderator, or else member, takes the place; when nobody is
    /// left, the conversation ends.
    package func leave(_ id: ID<Conversation>, by user: SignedInUser) async throws {
        try await changingMembers(of: id, by: user) { standing, transaction in
            try standing.demand(true, "")
            try await standing.end(of: user.id, .left, by: user.id, at: now, on: transaction)
            if standing.role == .admin { try await standing.passOn(after: user.id, at: now, on: transaction) }
        }
    }

    package func setRole(
        _ role: Member.Role, of other: ID<User>, in id: ID<Conversation>, by user: SignedInUser
    ) async throws {
        try await changingMembers(of: id, by: user) { standing, transaction in
            guard let present = try await Member.role(of: other, in: id, on: transaction) else {
                throw Self.unknownMember
            }
            try standing.demand(standing.role == .admin, "Only administrators give roles")
            guard present != role else { return }
            if present == .admin, try await standing.admins(on: transaction) == 1 {
                throw Problem(.conflict, "The last administrator stays one")
            }
            try await standing.set(role, of: other, on: transaction)
            if role == .member || role == .moderator && standing.kind == .channel {
                try await Invite.revokeAll(of: id, by: other, at: now, on: transaction)
            }
            try await standing.record(.role, of: [other], by: user.id, members: 0, at: now, on: transaction)
            try await UserChange.record(.conversation, id.uuid, of: other, at: now, on: transaction)
        }
    }

    private func changingMembers(
        of id: ID<Conversation>, by user: SignedInUser,
        _ change: (MembershipStanding, JobTransaction) async throws -> Void
    ) async throws {
        try await telling { transaction in
            guard let standing = try await MembershipStanding.take(id, for: user.id, on: transaction) else {
                throw Self.unknown
            }
            try await change(standing, transaction)
            return ((), standing.mark)
        }
    }

    private static var unknownMember: Problem { Problem(.notFound, "There is no such member.") }
}

extension UserChange.Subject {
    /// Whether one belongs to it, and how one keeps it.
    static let conversation = UserChange.Subject("conversation")
}

extension Member {
    fileprivate static func role(
        of user: ID<User>, in conversation: ID<Conversation>, on transaction: some SQLRunner
    ) async throws -> Role? {
        try await transaction.first(
            """
            select role from members
            where conversation_id = \(conversation) and user_id = \(user) and left_at is null
            """)
    }
}
