import JSON
import Postgres
import Queue
import Runtime

/// Tells those whom a message names, or answers.
package struct NotifyOfMessage: Job, Codable, Equatable {
    package static let kind = "notification.message"
    package static let queue = QueueName.fanout
    package let message: ID<Message>
}

/// Shows people what they are told of, as soon as they have a socket open for it.
package struct ShowNotifications: Job, Codable, Equatable {
    package static let kind = "notification.show"
    package static let queue = QueueName.fanout
    package let notifications: [ID<Notification>]
}

extension LiveDesk {
    package func deliveries(of jobs: [ShowNotifications]) async throws -> [Delivery] {
        try await Notification.all(jobs.flatMap(\.notifications), on: database).compactMap { user, notification in
            notification.event.map { Delivery(notification.conversation, to: .people([user]), $0) }
        }
    }
}

extension Conversations {
    /// Who is told already is told no second time, so a second run does no harm.
    package func notify(of id: ID<Message>, on transaction: JobTransaction) async throws {
        let found: (ID<Conversation>, ID<User>, ID<User>?)? = try await transaction.first(
            """
            select n.conversation_id, n.sender_id, r.sender_id
            from messages n
            left join messages r on r.conversation_id = n.conversation_id and r.id = n.reply_to_id
            where n.id = \(id) and n.deleted_at is null and n.withheld_from is null
            """)
        guard let (conversation, sender, answered) = found else { return }
        let mentioned: [ID<User>] = try await transaction.all(
            "select user_id from mentions where conversation_id = \(conversation) and message_id = \(id) order by user_id"
        )
        try await Notification.tell(
            mentioned, .mention, by: sender, in: conversation, of: id, at: now, on: transaction)
        if let answered, answered != sender, !mentioned.contains(answered) {
            try await Notification.tell(
                [answered], .reply, by: sender, in: conversation, of: id, at: now, on: transaction)
        }
    }

    // MARK: One's own

    package func notifications(
        of user: SignedInUser, unreadAlone: Bool, before: ID<Notification>?, limit: Int
    ) async throws -> [Notification] {
        try await Notification.all(of: user.id, unreadAlone: unreadAlone, before: before, limit: limit, on: database)
    }

    /// Those, or all.
    package func markRead(_ ids: [ID<Notification>]?, by user: SignedInUser) async throws {
        try await database.transaction { transaction in
            guard try await Notification.markRead(ids, of: user.id, at: now, on: transaction) > 0 else { return }
            try await UserChange.record(.notifications, of: user.id, at: now, on: transaction)
        }
    }

    package func badge(of user: SignedInUser) async throws -> Badge {
        try await Badge.find(of: user.id, at: now, on: database)
    }

    package func notificationPreferences(of user: SignedInUser) async throws -> NotificationPreferences {
        try await NotificationPreferences.find(of: user.id, on: database)
    }

    package func setNotificationPreferences(
        _ preferences: NotificationPreferences, by user: SignedInUser
    ) async throws {
        try await database.transaction { transaction in
            try await preferences.keep(of: user.id, at: now, on: transaction)
            try await UserChange.record(.notificationPreferences, of: user.id, at: now, on: transaction)
        }
    }
}
