import Postgres
import Queue
import Runtime

/// What has to be known to tell a device of a conversation.
struct PushFacts: RowDecodable {
    let place: Int
    let platform: Device.Platform
    let isSandbox: Bool
    let registeredAt: Timestamp
    let sealed: [UInt8]
    let language: String
    let showsText: Bool
    let sound: String
    let isDirect: Bool
    let title: String?
    let sender: String
    let message: ID<Message>
    let seq: Int64
    let kind: String
    let text: String
    let isMention: Bool
    let unread: Int
    let badge: Int

    init(row: Row) throws(RowError) {
        place = try row["place"]
        platform = try row["platform"]
        isSandbox = try row["is_sandbox"]
        registeredAt = try row["registered_at"]
        sealed = try row["token_sealed"]
        language = try row["language"]
        showsText = try row["message_preview"]
        sound = try row["message_sound"]
        isDirect = try row["is_direct"]
        title = try row["title"]
        sender = try row["sender"]
        message = try row["message_id"]
        seq = try row["seq"]
        kind = try row["kind"]
        text = try row["text"]
        isMention = try row["is_mention"]
        unread = try row["unread"]
        badge = try row["badge"]
    }

    /// Of those jobs of which there is still something to tell: the device is there, the person has not read it meanwhile.
    static func all(of jobs: [SendPush], at now: Timestamp, on sql: some SQLRunner) async throws -> [PushFacts] {
        try await sql.all(
            """
            select a.n::int as place, d.platform, d.is_sandbox, d.registered_at, d.token_sealed,
                coalesce(s.language, 'en') as language, coalesce(s.message_preview, true) as message_preview,
                coalesce(s.message_sound, 'default') as message_sound, c.type in ('direct', 'business') as is_direct, c.title,
                u.display_name as sender, x.id as message_id, x.seq, x.type as kind, left(x.content, 400) as text,
                exists (
                    select from mentions y
                    where y.conversation_id = m.conversation_id and y.user_id = m.user_id and y.seq = x.seq
                ) as is_mention, x.unread::int, (
                    select count(*)::int from members m
                    where m.user_id = d.user_id and m.left_at is null and m.archived_at is null
                        and (m.muted_until is null or m.muted_until <= \(now)) and \(holdsUnread)
                ) as badge
            from unnest(\(jobs.map(\.device)), \(jobs.map(\.conversation))) with ordinality as a (device_id, conversation_id, n)
            join devices d on d.id = a.device_id
            join sessions t on t.id = d.session_id and t.ended_at is null
            join members m on m.conversation_id = a.conversation_id and m.user_id = d.user_id and m.left_at is null
            join conversations c on c.id = a.conversation_id and c.deleted_at is null
            left join user_settings s on s.user_id = d.user_id
            cross join lateral (
                select l.*, count(*) over () as unread
                from (
                    select n.id, n.seq, n.type, n.content, n.sender_id
                    from messages n
                    where n.conversation_id = m.conversation_id and n.seq > m.read_seq and \(PushPlan.unseenMessage)
                    order by n.seq desc
                    limit 100
                ) l
                order by l.seq desc
                limit 1
            ) x
            join users u on u.id = x.sender_id
            """)
    }

    /// Of a member `m`. `offset 0` keeps the planner from joining what is looked up one by one: where its statistics are old or young,
    /// it would go through all conversations for each.
    private static let holdsUnread: SQL = """
        exists (
            select from conversations c
            where c.id = m.conversation_id and c.deleted_at is null and c.last_seq > m.read_seq
            offset 0
        ) and exists (
            select from messages n
            where n.conversation_id = m.conversation_id and n.seq > m.read_seq and \(PushPlan.unseenMessage)
            offset 0
        )
        """
}
