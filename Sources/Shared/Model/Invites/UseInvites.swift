import Crypto
import JSON
import Postgres
import Queue
import Runtime

/// What an invite is to be like.
package struct NewInvite: Sendable {
    package let expiresAt: Timestamp?
    package let mostUses: Int?

    package init(expiresAt: Timestamp? = nil, mostUses: Int? = nil) {
        self.expiresAt = expiresAt
        self.mostUses = mostUses
    }
}

extension Conversations {
    /// Whoever adds people may also invite them.
    package func invite(
        to id: ID<Conversation>, _ new: NewInvite, by user: SignedInUser, on transaction: some SQLRunner
    ) async throws -> Invite {
        if let end = new.expiresAt, end <= now { throw Problem.invalid("expiresAt", .outOfRange, "is in the past") }
        let standing = try await inviting(to: id, by: user, on: transaction)
        guard try await User.isVerified(user.id, on: transaction) else {
            throw Problem(.emailUnverified, "Prove your address before you invite people")
        }
        guard try await Invite.count(of: id, at: now, on: transaction) < Invite.mostOfConversation else {
            throw Problem(.conflict, "There are \(Invite.mostOfConversation) invites already")
        }
        let invite = Invite(
            id: .new(), conversation: standing.conversation, code: SecureRandom.token(bytes: 16), createdBy: user.id,
            createdAt: now, expiresAt: new.expiresAt, mostUses: new.mostUses, uses: 0, revokedAt: nil)
        try await invite.insert(on: transaction)
        return invite
    }

    package func invites(
        to id: ID<Conversation>, for user: SignedInUser, before: ID<Invite>?, limit: Int
    ) async throws -> [Invite] {
        try await database.transaction { transaction in
            _ = try await inviting(to: id, by: user, on: transaction)
            return try await Invite.all(of: id, before: before, limit: limit, on: transaction)
        }
    }

    package func revoke(_ invite: ID<Invite>, to id: ID<Conversation>, by user: SignedInUser) async throws {
        try await database.transaction { transaction in
            _ = try await inviting(to: id, by: user, on: transaction)
            guard try await Invite.revoke(invite, of: id, at: now, on: transaction) else {
                throw Problem(.notFound, "There is no such invite.")
            }
        }
    }

    private func inviting(
        to id: ID<Conversation>, by user: SignedInUser, on transaction: some SQLRunner
    ) async throws -> MembershipStanding {
        guard let standing = try await MembershipStanding.take(id, for: user.id, on: transaction) else {
            throw Self.unknown
        }
        try standing.demand(standing.addsPeople, "Only administrators, and in groups moderators, invite people")
        return standing
    }

    // MARK: With a code

    package func preview(_ code: String) async throws -> InvitePreview {
        guard let invite = try await Invite.find(code, on: database),
            let preview = try await invite.preview(on: database)
        else { throw Self.unknownInvite }
        try demandUse(of: invite)
        return preview
    }

    /// Comes in, unless the person belongs to it already.
    package func accept(_ code: String, by user: SignedInUser) async throws -> Conversation {
        try await telling { transaction in
            guard let invite = try await Invite.find(code, on: transaction),
                let standing = try await MembershipStanding.arrive(invite.conversation, user.id, on: transaction)
            else { throw Self.unknownInvite }
            if !standing.belongs {
                try await join(standing, by: invite, user.id, on: transaction)
            }
            guard let conversation = try await Conversation.find(invite.conversation, for: user.id, on: transaction)
            else { throw Self.unknown }
            return (conversation, standing.mark)
        }
    }

    private func join(
        _ standing: MembershipStanding, by invite: Invite, _ user: ID<User>, on transaction: some SQLRunner
    ) async throws {
        try demandUse(of: invite)
        guard !standing.wasRemoved else {
            throw Problem(.forbidden, "You were removed; only who adds people lets you in again")
        }
        guard standing.hasRoom(for: 1) else {
            throw Problem(.conflict, "The group has \(Conversation.mostMembersOfGroup) members already")
        }
        guard try await invite.use(at: now, on: transaction) else {
            throw Problem(.conflict, "Somebody else has taken the last use of this invite")
        }
        try await standing.join([user], at: now, on: transaction)
        try await standing.record(.joined, of: [user], by: user, members: 1, at: now, on: transaction)
        try await UserChange.record(.conversation, standing.conversation.uuid, of: user, at: now, on: transaction)
    }

    private func demandUse(of invite: Invite) throws(Problem) {
        if invite.revokedAt != nil { throw Self.unknownInvite }
        if let end = invite.expiresAt, end <= now { throw Problem(.conflict, "This invite has expired") }
        if let most = invite.mostUses, invite.uses >= most { throw Problem(.conflict, "This invite is used up") }
    }

    private static var unknownInvite: Problem { Problem(.notFound, "There is no such invite.") }
}
