import Postgres
import Runtime

/// What a person has before them who wants to change who belongs to a conversation, or what it is called. Its row is locked
/// until the commit: nobody else changes anything there meanwhile.
struct MembershipStanding: RowDecodable {
    let conversation: ID<Conversation>
    let kind: Conversation.Kind
    /// Of somebody who does not belong to it, that of a member.
    let role: Member.Role
    let belongs: Bool
    /// Whether somebody sent the person away, and nobody asked them back.
    let wasRemoved: Bool
    let memberCount: Int
    private(set) var lastSeq: Int64
    private(set) var lastRev: Int64
    let showsPast: Bool

    init(row: Row) throws(RowError) {
        conversation = try row["id"]
        kind = try row["type"]
        let role: Member.Role? = try row["role"]
        self.role = role ?? .member
        belongs = role != nil
        wasRemoved = try row["was_removed"]
        memberCount = try row["member_count"]
        lastSeq = try row["last_seq"]
        lastRev = try row["last_rev"]
        showsPast = try row["shows_past"]
    }

    /// Nil where the person does not belong to it.
    static func take(
        _ id: ID<Conversation>, for user: ID<User>, on transaction: some SQLRunner
    ) async throws -> MembershipStanding? {
        guard let standing = try await arrive(id, user, on: transaction), standing.belongs else { return nil }
        return standing
    }

    /// The same for somebody who may not belong to it.
    static func arrive(
        _ id: ID<Conversation>, _ user: ID<User>, on transaction: some SQLRunner
    ) async throws -> MembershipStanding? {
        try await transaction.run("select from conversations where id = \(id) for no key update")
        // A statement of its own, so that it sees what was committed while the lock was waited for.
        return try await transaction.first(
            """
            select c.id, c.type, case when m.left_at is null then m.role end as role,
                m.removed_at is not null as was_removed, c.member_count, c.last_seq, c.last_rev, c.shows_past
            from conversations c
            left join members m on m.conversation_id = c.id and m.user_id = \(user)
            where c.id = \(id) and c.deleted_at is null
            """)
    }

    /// In groups each change of members is said by a message of the system; in channels too many come and go.
    var isSaid: Bool { kind == .group }

    var mark: RevMark { RevMark(conversation: conversation, rev: lastRev) }

    /// Of a change that all members see.
    var nextRev: Int64 { lastRev + 1 }
    /// Of a change of members, which in a channel raises nothing.
    var membersRev: Int64 { isSaid ? nextRev : lastRev }
    var nextSeq: Int64 { isSaid ? lastSeq + 1 : lastSeq }

    /// As it is once a change of members is recorded.
    var afterRecord: MembershipStanding {
        var standing = self
        standing.lastSeq = nextSeq
        standing.lastRev = membersRev
        return standing
    }

    var addsPeople: Bool { role == .admin || role == .moderator && kind == .group }

    func hasRoom(for count: Int) -> Bool {
        kind == .channel || memberCount + count <= Conversation.mostMembersOfGroup
    }

    func demand(_ isAllowed: Bool, _ why: String) throws(Problem) {
        guard kind != .direct else { throw Problem(.forbidden, "A conversation of two keeps its two people") }
        guard kind != .business else { throw Problem(.forbidden, "The business says who answers its customers") }
        guard isAllowed else { throw Problem(.forbidden, why) }
    }

    /// Gives the change its numbers, and says it where it is said. In a channel nothing is raised.
    func record(
        _ event: MembershipEvent, of users: [ID<User>], by actor: ID<User>, members difference: Int, at now: Timestamp,
        on transaction: some SQLRunner
    ) async throws {
        guard isSaid else {
            try await transaction.run(
                "update conversations set member_count = member_count + \(difference) where id = \(conversation)")
            return
        }
        try await transaction.run(
            """
            update conversations
            set last_seq = \(nextSeq), last_rev = \(nextRev), member_count = member_count + \(difference),
                active_at = greatest(active_at, \(now)), changed_in = pg_current_xact_id()
            where id = \(conversation)
            """)
        try await transaction.run(
            """
            insert into messages (conversation_id, seq, id, rev, sender_id, type, content, body, created_at)
            values (
                \(conversation), \(nextSeq), \(ID<Message>.new()), \(nextRev), \(actor), 'system', '',
                jsonb_build_object('event', \(event.rawValue)::text, 'userIds', to_jsonb(\(users)::uuid[])), \(now)
            )
            """)
    }
}

/// What a message of the system says; the names go over the wire.
enum MembershipEvent: String {
    case added = "members.added"
    case joined = "member.joined"
    case removed = "member.removed"
    case left = "member.left"
    case role = "member.role"
}
