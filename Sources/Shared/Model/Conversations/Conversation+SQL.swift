import Postgres
import Runtime

extension Conversation: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        kind = try row["type"]
        title = try row["title"]
        about = try row["about"]
        partner = try row["partner_id"]
        business = try row["business_id"]
        customer = try row["customer_id"]
        memberCount = try row["member_count"]
        lastSeq = try row["last_seq"]
        rev = try row["last_rev"]
        role = try row["role"]
        readSeq = try row["read_seq"]
        mutedUntil = try row["muted_until"]
        pinnedAt = try row["pinned_at"]
        archivedAt = try row["archived_at"]
        unreadCount = try row["unread"]
        lastVisibleSeq = try row["last_visible_seq"]
        activeAt = try row["active_at"]
        createdAt = try row["created_at"]
    }

    /// One row for each conversation that the person belongs to, as far as `choice`, the rest of a where clause, takes it. Unread
    /// is what came after the person's mark, from others whom they have not blocked, within their stay; it is counted up to a
    /// hundred, along the primary key, and only of what was chosen.
    private static func rows(for user: ID<User>, _ choice: SQL) -> SQL {
        """
        select s.*, u.unread, g.seq as last_visible_seq
        from (
            select c.id, c.type, c.title, c.about, c.member_count, c.last_seq, c.last_rev, c.active_at, c.created_at,
                c.business_id, c.customer_id,
                case \(user) when c.first_id then c.second_id when c.second_id then c.first_id end as partner_id,
                m.role, m.read_seq, m.muted_until, m.pinned_at, m.archived_at, p.from_seq
            from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null
            join member_periods p
                on p.conversation_id = m.conversation_id and p.user_id = m.user_id and p.to_rev is null
            where m.user_id = \(user) and m.left_at is null and \(choice)
        ) s
        cross join lateral (
            select count(*)::int as unread from (
                select from messages n
                where n.conversation_id = s.id and n.seq > s.read_seq and n.seq >= s.from_seq and n.sender_id <> \(user)
                    and n.type <> 'system' and n.deleted_at is null and \(Message.isFor(user))
                limit 100
            ) counted
        ) u
        left join lateral (
            select n.seq from messages n
            where n.conversation_id = s.id and n.seq >= s.from_seq and \(Message.isFor(user))
            order by n.seq desc
            limit 1
        ) g on true
        """
    }

    static func find(
        _ id: ID<Conversation>, for user: ID<User>, on sql: some SQLRunner
    ) async throws -> Conversation? {
        let found: Conversation? = try await sql.first(rows(for: user, "c.id = \(id)"))
        guard let found else { return nil }
        return try await withLastMessages([found], for: user, on: sql).first
    }

    private static func withLastMessages(
        _ found: [Conversation], for user: ID<User>, on sql: some SQLRunner
    ) async throws -> [Conversation] {
        let latest = try await Message.all(
            at: found.compactMap { conversation in conversation.lastVisibleSeq.map { (conversation.id, $0) } },
            for: user,
            on: sql)
        let byConversation = Dictionary(latest.map { ($0.conversation, $0) }) { first, _ in first }
        return found.map { conversation in
            var conversation = conversation
            conversation.lastMessage = byConversation[conversation.id]
            return conversation
        }
    }

    /// Newest activity first. Without what somebody opened whom the person has blocked, and that holds nothing for them.
    static func all(
        for user: ID<User>, _ filter: ConversationFilter, before: (Timestamp, ID<Conversation>)?, limit: Int,
        on sql: some SQLRunner
    ) async throws -> [Conversation] {
        let found: [Conversation] = try await sql.all(
            """
            \(rows(
                for: user,
                """
                (c.type <> 'direct' or not exists (
                    select from blocks b
                    where b.blocker_id = \(user) and b.blocked_id in (c.first_id, c.second_id)
                ) or exists (
                    select from messages n
                    where n.conversation_id = c.id and n.seq >= p.from_seq and \(Message.isFor(user))
                ))
                and (\(filter.kind)::text is null or c.type = \(filter.kind))
                and (\(filter.isArchived)::bool is null or (m.archived_at is not null) = \(filter.isArchived))
                and (\(before?.0)::timestamptz is null or (c.active_at, c.id) < (\(before?.0), \(before?.1)))
                order by c.active_at desc, c.id desc
                limit \(limit)
                """))
            order by s.active_at desc, s.id desc
            """)
        return try await withLastMessages(found, for: user, on: sql)
    }

    static func insert(
        _ id: ID<Conversation>, _ new: NewConversation, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            insert into conversations (id, type, title, about, active_at, created_at)
            values (\(id), \(new.kind), \(new.title), \(new.about), \(now), \(now))
            """)
    }

    /// The one of a pair; whoever loses the race to open it finds the one that was opened.
    static func openDirect(
        between one: ID<User>, and other: ID<User>, at now: Timestamp, on transaction: some SQLRunner
    ) async throws -> (ID<Conversation>, Bool) {
        let (first, second) = one.uuid < other.uuid ? (one, other) : (other, one)
        let made: ID<Conversation>? = try await transaction.first(
            """
            insert into conversations (id, type, first_id, second_id, active_at, created_at)
            values (\(ID<Conversation>.new()), 'direct', \(first), \(second), \(now), \(now))
            on conflict on constraint conversations_pair do nothing
            returning id
            """)
        if let made {
            try await Member.insert([first, second], as: .member, in: made, at: now, on: transaction)
            return (made, true)
        }
        let there: ID<Conversation>? = try await transaction.first(
            "select id from conversations where first_id = \(first) and second_id = \(second)")
        guard let there else { throw Problem(.notFound) }
        return (there, false)
    }

    /// With how many of these the person shares a conversation.
    static func acquainted(
        _ others: [ID<User>], with user: ID<User>, on sql: some SQLRunner
    ) async throws -> Int {
        let count: Int? = try await sql.first(
            """
            select count(distinct o.user_id)::int
            from members m
            join members o on o.conversation_id = m.conversation_id and o.left_at is null
            where m.user_id = \(user) and m.left_at is null and o.user_id = any (\(others))
            """)
        return count ?? 0
    }
}

extension Member: RowDecodable {
    package init(row: Row) throws(RowError) {
        user = try row["user_id"]
        username = try row["username"]
        displayName = try row["display_name"]
        role = try row["role"]
        joinedAt = try row["joined_at"]
    }

    static func all(
        of conversation: ID<Conversation>, after: ID<User>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Member] {
        try await sql.all(
            """
            select m.user_id, u.username, u.display_name, m.role, m.joined_at
            from members m
            join users u on u.id = m.user_id
            where m.conversation_id = \(conversation) and m.left_at is null
                and (\(after)::uuid is null or m.user_id > \(after))
            order by m.user_id
            limit \(limit)
            """)
    }

    /// Into a conversation that this transaction has made: it raises rev once for all of them.
    static func insert(
        _ users: [ID<User>], as role: Role, in conversation: ID<Conversation>, at now: Timestamp, on sql: some SQLRunner
    ) async throws {
        guard !users.isEmpty else { return }
        try await sql.run(
            """
            with counted as (
                update conversations
                set last_rev = last_rev + 1, member_count = member_count + \(users.count), changed_in = pg_current_xact_id()
                where id = \(conversation)
                returning last_rev, last_seq, shows_past
            ),
            joined as (
                insert into members (conversation_id, user_id, role, joined_at, rev)
                select \(conversation), u, \(role), \(now), c.last_rev
                from counted c cross join unnest(\(users)) u
                returning user_id
            )
            insert into member_periods (conversation_id, user_id, from_seq, from_rev)
            select \(conversation), j.user_id, case when c.shows_past then 1 else c.last_seq + 1 end, c.last_rev
            from counted c cross join joined j
            """)
    }
}
