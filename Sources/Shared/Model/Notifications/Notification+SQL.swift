import Postgres
import Queue
import Runtime

extension Notification.Kind: SQLEncodable, SQLDecodable {}
extension ConversationNotices: SQLEncodable, SQLDecodable {}

extension Notification: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        kind = try row["kind"]
        actor = try row["actor_id"]
        conversation = try row["conversation_id"]
        message = try row["message_id"]
        createdAt = try row["created_at"]
        readAt = try row["read_at"]
    }

    /// The latest first.
    static func all(
        of user: ID<User>, unreadAlone: Bool, before: ID<Notification>?, limit: Int, on sql: some SQLRunner
    ) async throws -> [Notification] {
        try await sql.all(
            """
            select id, kind, actor_id, conversation_id, message_id, created_at, read_at
            from notifications
            where user_id = \(user) and (not \(unreadAlone) or read_at is null)
                and (\(before)::uuid is null or id < \(before))
            order by id desc
            limit \(limit)
            """)
    }

    /// Those, or, where none are named, all.
    static func markRead(
        _ ids: [ID<Notification>]?, of user: ID<User>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Int {
        try await sql.run(
            """
            update notifications set read_at = \(now)
            where user_id = \(user) and read_at is null
                and (\(ids)::uuid[] is null or id = any (\(ids)::uuid[]))
            """)
    }

    /// Tells those of the people who want to hear of such a thing from that person. Each is told once of each thing.
    static func tell(
        _ users: [ID<User>], _ kind: Kind, by actor: ID<User>?, in conversation: ID<Conversation>,
        of message: ID<Message>? = nil, at now: Timestamp, on transaction: JobTransaction
    ) async throws {
        let wanted: SQL =
            switch kind {
            case .mention: "coalesce(w.mentions, true) and m.notified_of <> 'nothing'"
            case .reply: "coalesce(w.replies, true) and m.notified_of <> 'nothing'"
            case .reaction: "coalesce(w.reactions, true) and m.notified_of = 'all'"
            case .added: "coalesce(w.additions, true)"
            case .messageFailed: "true"
            }
        let told: [(ID<User>, ID<Notification>)] = try await transaction.all(
            """
            insert into notifications (id, user_id, kind, actor_id, conversation_id, message_id, created_at)
            select a.id, a.user_id, \(kind), \(actor), \(conversation), \(message), \(now)
            from unnest(\(users.map { _ in ID<Notification>.new() }), \(users)) a (id, user_id)
            join members m on m.conversation_id = \(conversation) and m.user_id = a.user_id and m.left_at is null
            left join notification_preferences w on w.user_id = a.user_id
            where \(wanted) and not exists (
                select from blocks b where b.blocker_id = a.user_id and b.blocked_id = \(actor)
            )
            on conflict on constraint notifications_once do nothing
            returning user_id, id
            """)
        guard !told.isEmpty else { return }
        try await UserChange.record(
            .notifications, conversation.uuid, ofAll: told.map(\.0), at: now, on: transaction)
        try await transaction.enqueue(ShowNotifications(notifications: told.map(\.1)))
    }

    /// Those, and whose they are.
    static func all(
        _ ids: [ID<Notification>], on sql: some SQLRunner
    ) async throws -> [(user: ID<User>, notification: Notification)] {
        let found: [Told] = try await sql.all(
            """
            select user_id, id, kind, actor_id, conversation_id, message_id, created_at, read_at
            from notifications
            where id = any (\(ids))
            order by id
            """)
        return found.map { ($0.user, $0.notification) }
    }

    private struct Told: RowDecodable {
        let user: ID<User>
        let notification: Notification

        init(row: Row) throws(RowError) {
            user = try row["user_id"]
            notification = try Notification(row: row)
        }
    }

    static func tellOfFailure(
        of scheduled: ScheduledMessage, at now: Timestamp, on transaction: JobTransaction
    ) async throws {
        let told: ID<Notification>? = try await transaction.first(
            """
            insert into notifications (id, user_id, kind, conversation_id, message_id, created_at)
            values (
                \(ID<Notification>.new()), \(scheduled.sender), \(Kind.messageFailed), \(scheduled.conversation),
                \(scheduled.id), \(now)
            )
            on conflict on constraint notifications_once do nothing
            returning id
            """)
        if let told { try await transaction.enqueue(ShowNotifications(notifications: [told])) }
    }
}

extension UserChange.Subject {
    /// The subject is the conversation that they are about.
    static let notifications = UserChange.Subject("notifications")
    static let notificationPreferences = UserChange.Subject("notification_preferences")
}

extension NotificationPreferences: RowDecodable {
    package init(row: Row) throws(RowError) {
        mentions = try row["mentions"]
        replies = try row["replies"]
        reactions = try row["reactions"]
        additions = try row["additions"]
        push = try row["push"]
        email = try row["email"]
        quietFrom = try row["quiet_from"]
        quietUntil = try row["quiet_until"]
    }

    static func find(of user: ID<User>, on sql: some SQLRunner) async throws -> NotificationPreferences {
        let found: NotificationPreferences? = try await sql.first(
            """
            select mentions, replies, reactions, additions, push, email, quiet_from::int, quiet_until::int
            from notification_preferences
            where user_id = \(user)
            """)
        return found ?? NotificationPreferences()
    }

    func keep(of user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            insert into notification_preferences (
                user_id, mentions, replies, reactions, additions, push, email, quiet_from, quiet_until, updated_at)
            values (
                \(user), \(mentions), \(replies), \(reactions), \(additions), \(push), \(email), \(quietFrom)::int,
                \(quietUntil)::int, \(now)
            )
            on conflict (user_id) do update
            set mentions = excluded.mentions, replies = excluded.replies, reactions = excluded.reactions,
                additions = excluded.additions, push = excluded.push, email = excluded.email,
                quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, updated_at = excluded.updated_at
            """)
    }
}

extension Badge: RowDecodable {
    package init(row: Row) throws(RowError) {
        conversations = try row["conversations"]
        messages = try row["messages"]
        mentions = try row["mentions"]
        notifications = try row["notifications"]
    }

    /// From the marks up to which all is read: nothing is kept for it. Only conversations in which something came after the
    /// mark are looked into.
    static func find(of user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> Badge {
        try await sql.one(
            """
            with open as materialized (
                select m.conversation_id, m.read_seq, p.from_seq,
                    m.archived_at is null and (m.muted_until is null or m.muted_until <= \(now)) as is_heard
                from members m
                join conversations c on c.id = m.conversation_id and c.deleted_at is null and c.last_seq > m.read_seq
                join member_periods p on p.conversation_id = m.conversation_id and p.user_id = m.user_id
                    and p.to_rev is null
                where m.user_id = \(user) and m.left_at is null
            ),
            unread as (
                select (
                    select count(*)::int from (
                        select from messages n
                        where n.conversation_id = o.conversation_id and n.seq > o.read_seq and n.seq >= o.from_seq
                            and n.sender_id <> \(user) and n.type <> 'system' and n.deleted_at is null
                            and \(Message.isFor(user))
                        limit 100
                    ) counted
                ) as messages
                from open o
                where o.is_heard
            )
            select
                (select count(*)::int from unread where messages > 0) as conversations,
                (select coalesce(sum(messages), 0)::int from unread) as messages,
                (
                    select count(*)::int from open o
                    join mentions x on x.conversation_id = o.conversation_id and x.user_id = \(user)
                        and x.seq > o.read_seq and x.seq >= o.from_seq
                    join messages n on n.conversation_id = x.conversation_id and n.seq = x.seq
                    where \(Message.isFor(user))
                ) as mentions,
                (select count(*)::int from notifications where user_id = \(user) and read_at is null) as notifications
            """)
    }
}
