import JSON
import Postgres
import Queue
import Runtime

/// What a new group or channel is made of.
package struct NewConversation: Sendable {
    package let kind: Conversation.Kind
    package let title: String?
    package let about: String?
    /// Besides who makes it.
    package let members: [ID<User>]

    package init(_ kind: Conversation.Kind, title: String?, about: String? = nil, members: [ID<User>]) {
        self.kind = kind
        self.title = title
        self.about = about
        self.members = members
    }
}

extension Conversations {
    /// The conversation, and whether it is new: a direct one may be there already.
    package func create(
        _ new: NewConversation, by user: SignedInUser
    ) async throws -> (conversation: Conversation, isNew: Bool) {
        try await durable.transaction { try await create(new, by: user, on: $0) }
    }

    /// The same in the transaction of whoever has more to write with it.
    package func create(
        _ new: NewConversation, by user: SignedInUser, on transaction: JobTransaction
    ) async throws -> (conversation: Conversation, isNew: Bool) {
        let others = Array(Set(new.members).subtracting([user.id]))
        try check(new, others)
        try await demandAcquaintance(
            with: others, of: user.id, isDirect: new.kind == .direct || new.kind == .business, on: transaction)
        let (id, isNew): (ID<Conversation>, Bool)
        if new.kind == .direct, let other = others.first {
            (id, isNew) = try await Conversation.openDirect(between: user.id, and: other, at: now, on: transaction)
        } else if new.kind == .business, let business = others.first {
            (id, isNew) = try await open(with: business, by: user, on: transaction)
        } else {
            (id, isNew) = (.new(), true)
            try await Conversation.insert(id, new, at: now, on: transaction)
            try await Member.insert([user.id], as: .admin, in: id, at: now, on: transaction)
            try await Member.insert(others, as: .member, in: id, at: now, on: transaction)
        }
        guard let made = try await Conversation.find(id, for: user.id, on: transaction) else {
            throw Problem(.notFound)
        }
        if isNew { try await tell(of: made, by: user, on: transaction) }
        return (made, isNew)
    }

    /// The members hear of it; whoever has blocked the person who opened it does not.
    private func tell(of made: Conversation, by user: SignedInUser, on transaction: JobTransaction) async throws {
        let blockers: [ID<User>] = try await transaction.one(
            "select blocked_by_members(\(made.id), \(user.id))")
        var event = ConversationEvent(made.id, rev: 0, audience: 0)
        event.keptFrom = blockers
        event.frame = EventFrame("conversation.created", OpenedNotice(conversation: made)).bytes
        try await transaction.enqueue(TellMembers([event]))
    }

    /// Its agents cannot change meanwhile.
    private func open(
        with business: ID<User>, by user: SignedInUser, on transaction: JobTransaction
    ) async throws -> (ID<Conversation>, Bool) {
        try await transaction.run("select from businesses where id = \(business) for share")
        guard try await Business.find(business, on: transaction) != nil else {
            throw Problem.invalid("memberIds", .invalid, "name no business")
        }
        let opened = try await Conversation.open(of: user.id, with: business, at: now, on: transaction)
        if opened.1 { try await transaction.enqueue(GreetCustomer(conversation: opened.0)) }
        return opened
    }

    private func check(_ new: NewConversation, _ others: [ID<User>]) throws(Problem) {
        switch new.kind {
        case .direct:
            guard others.count == 1 else {
                throw .invalid("memberIds", .invalid, "a direct conversation is with exactly one other person")
            }
        case .business:
            guard others.count == 1 else {
                throw .invalid(
                    "memberIds", .invalid, "a conversation with a business names the business, and nobody else")
            }
        case .group, .channel:
            guard new.title != nil else { throw .invalid("title", .missing, "is missing") }
            guard others.count < Conversation.mostMembersOfGroup else {
                throw .invalid("memberIds", .tooLong, "are more than \(Conversation.mostMembersOfGroup - 1)")
            }
        }
    }

    /// They exist, none of them has blocked the person, and whoever has not proven an address writes to no stranger. Alone
    /// with who has blocked them a person may be, and does not learn of it: the other sees nothing of it.
    func demandAcquaintance(
        with others: [ID<User>], of user: ID<User>, isDirect: Bool, named field: String = "memberIds",
        on transaction: some SQLRunner
    ) async throws {
        let reachable: [ID<User>] = try await transaction.all(
            """
            select u.id from users u
            where u.id = any (\(others)) and u.deleted_at is null
                and (\(isDirect) or not exists (
                    select from blocks b where b.blocker_id = u.id and b.blocked_id = \(user)
                ))
            """)
        guard reachable.count == others.count else {
            throw Problem.invalid(field, .invalid, "name somebody who cannot be reached")
        }
        guard try await User.isVerified(user, on: transaction) else {
            let known = try await Conversation.acquainted(others, with: user, on: transaction)
            guard known == others.count else {
                throw Problem(.emailUnverified, "Prove your address before you write to strangers")
            }
            return
        }
    }
}

/// A conversation that is new, as all its members hear of it.
private struct OpenedNotice: JSONWritable {
    let conversation: Conversation

    func write(json: inout JSONWriter) {
        json.object { json in
            json.member("conversationId", conversation.id)
            json.member("type", conversation.kind.rawValue)
            json.member("title", conversation.title)
        }
    }
}
