import Postgres
import Runtime

/// What somebody who is not there has to be told of a conversation.
struct PushPlan: RowDecodable {
    let user: ID<User>
    let conversation: ID<Conversation>
    /// Up to here.
    let seq: Int64
    /// They were named or answered.
    let isCalled: Bool
    let quiet: QuietHours?
    let devices: [ID<Device>]

    init(row: Row) throws(RowError) {
        user = try row["user_id"]
        conversation = try row["conversation_id"]
        seq = try row["seq"]
        isCalled = try row["is_called"]
        quiet = QuietHours(from: try row["quiet_from"], until: try row["quiet_until"], zone: try row["time_zone"])
        devices = try row["devices"]
    }

    /// Of those people who have devices and want to hear of it, and for whom something is there that their devices were not told.
    static func all(
        of users: [ID<User>], in conversations: [ID<Conversation>], at now: Timestamp, on sql: some SQLRunner
    ) async throws -> [PushPlan] {
        try await sql.all(
            """
            select m.user_id, m.conversation_id, x.seq, x.is_called, w.quiet_from::int, w.quiet_until::int,
                coalesce(s.time_zone, 'UTC') as time_zone, d.devices
            from unnest(\(users), \(conversations)) as a (user_id, conversation_id)
            join members m on m.user_id = a.user_id and m.conversation_id = a.conversation_id and m.left_at is null
            join conversations c on c.id = m.conversation_id and c.deleted_at is null
                and c.last_seq > greatest(m.read_seq, m.pushed_seq)
            left join notification_preferences w on w.user_id = m.user_id
            left join user_settings s on s.user_id = m.user_id
            cross join lateral (
                select array_agg(d.id) as devices
                from devices d
                join sessions t on t.id = d.session_id and t.ended_at is null
                where d.user_id = m.user_id
            ) d
            cross join lateral (
                select max(n.seq) as seq, coalesce(bool_or(n.is_called), false) as is_called
                from (
                    select n.seq, exists (
                            select from mentions x
                            where x.conversation_id = n.conversation_id and x.user_id = m.user_id and x.seq = n.seq
                        ) and coalesce(w.mentions, true) or exists (
                            select from messages r
                            where r.conversation_id = n.conversation_id and r.id = n.reply_to_id and r.sender_id = m.user_id
                        ) and coalesce(w.replies, true) as is_called
                    from messages n
                    where n.conversation_id = m.conversation_id and n.seq > greatest(m.read_seq, m.pushed_seq)
                        and \(unseenMessage)
                    order by n.seq desc
                    limit 100
                ) n
            ) x
            where coalesce(w.push, true) and m.notified_of <> 'nothing' and d.devices is not null and x.seq is not null
                and (x.is_called or m.notified_of = 'all' and m.archived_at is null
                    and (m.muted_until is null or m.muted_until <= \(now)))
            """)
    }

    /// A message `n` that somebody else has said to the member `m`, and that they may see.
    static let unseenMessage: SQL = """
        n.sender_id <> m.user_id and n.type <> 'system' and n.deleted_at is null
            and (n.withheld_from is null or n.withheld_from <> m.user_id)
            and not exists (select from blocks b where b.blocker_id = m.user_id and b.blocked_id = n.sender_id)
            and not exists (
                select from hidden_messages h
                where h.conversation_id = n.conversation_id and h.user_id = m.user_id and h.message_id = n.id
            )
            and exists (
                select from member_periods p
                where p.conversation_id = n.conversation_id and p.user_id = m.user_id and n.seq >= p.from_seq
                    and (p.to_seq is null or n.seq <= p.to_seq)
            )
        """

    /// Raises the marks; answers the places of those that nobody else has raised meanwhile.
    static func claim(_ plans: [PushPlan], on sql: some SQLRunner) async throws -> Set<Int> {
        let places: [Int] = try await sql.all(
            """
            with wanted as (
                select a.n, a.seq, m.conversation_id, m.user_id
                from unnest(\(plans.map(\.conversation)), \(plans.map(\.user)), \(plans.map(\.seq))) with ordinality
                    as a (conversation_id, user_id, seq, n)
                join members m on m.conversation_id = a.conversation_id and m.user_id = a.user_id and m.pushed_seq < a.seq
                order by m.conversation_id, m.user_id
                for no key update of m
            )
            update members m
            set pushed_seq = w.seq
            from wanted w
            where m.conversation_id = w.conversation_id and m.user_id = w.user_id
            returning w.n::int
            """)
        return Set(places.map { $0 - 1 })
    }

    /// Members of a channel who have devices, in the order of their ids.
    static func followers(
        of channel: ID<Conversation>, after user: ID<User>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [ID<User>] {
        try await sql.all(
            """
            select m.user_id from members m
            where m.conversation_id = \(channel) and m.left_at is null and (\(user)::uuid is null or m.user_id > \(user))
                and exists (select from devices d where d.user_id = m.user_id)
            order by m.user_id
            limit \(limit)
            """)
    }
}
