import JSON
import Postgres
import Queue
import Runtime

/// What came of a wish to send: later, or, under a client id that was used before, the message that was sent then.
package enum ScheduleOutcome: Sendable {
    case scheduled(ScheduledMessage)
    case sent(Message)
}

extension Sending {
    /// Sends it at that time. The job commits with the message, so whoever is told of the one may count on the other.
    package func schedule(_ new: NewMessage, at time: Timestamp) async throws -> ScheduleOutcome {
        // A retry may come when the time has come too.
        if time <= now, let sent = try await sentBefore(new) { return .sent(sent) }
        try check(new, at: time)
        let new = try await new.attaching(until: time, on: database)
        if let sent = try await sentBefore(new) { return .sent(sent) }
        return try await durable.transaction { transaction in
            try await demandWriting(new, on: transaction)
            let scheduled = ScheduledMessage(new, sendAt: time, at: now)
            guard try await scheduled.insert(on: transaction) else {
                return .scheduled(try await repetition(of: new, at: time, on: transaction))
            }
            try await transaction.enqueue(SendScheduledMessage(message: scheduled.id), JobOptions(runAt: time))
            try await UserChange.record(.scheduled, new.conversation.uuid, of: new.sender, at: now, on: transaction)
            return .scheduled(scheduled)
        }
    }

    package func scheduled(
        in id: ID<Conversation>, by user: SignedInUser, after: (Timestamp, ID<ScheduledMessage>)?, limit: Int
    ) async throws -> [ScheduledMessage] {
        try await ScheduledMessage.all(in: id, by: user.id, after: after, limit: limit, on: database)
    }

    /// Takes one back, or all. What goes out at this moment cannot be taken back any more.
    package func unschedule(
        _ message: ID<ScheduledMessage>?, in id: ID<Conversation>, by user: SignedInUser
    ) async throws {
        try await database.transaction { transaction in
            let count = try await ScheduledMessage.delete(message, in: id, by: user.id, on: transaction)
            guard count > 0 else {
                if message == nil { return }
                throw Problem(.notFound, "There is no such message that waits.")
            }
            try await UserChange.record(.scheduled, id.uuid, of: user.id, at: now, on: transaction)
        }
    }

    // MARK: Steps

    private func check(_ new: NewMessage, at time: Timestamp) throws(Problem) {
        guard time > now, time <= now + ScheduledMessage.farthest else {
            throw .invalid("sendAt", .outOfRange, "must lie ahead, within a year")
        }
        if case .liveLocation = new.content {
            throw .invalid("sendAt", .invalid, "goes not together with a message of this type")
        }
        try new.check(at: time)
    }

    private func sentBefore(_ new: NewMessage) async throws -> Message? {
        guard let clientID = new.clientID else { return nil }
        let found: (ID<Message>, [UInt8]?)? = try await database.first(
            """
            select id, digest from messages
            where conversation_id = \(new.conversation) and sender_id = \(new.sender) and client_id = \(clientID)
            """)
        guard let (id, digest) = found else { return nil }
        guard digest == new.digest else { throw Self.reused }
        return try await Message.all([id], on: database).first
    }

    /// They may write there now; whether they may when it is time is asked again.
    private func demandWriting(_ new: NewMessage, on transaction: JobTransaction) async throws {
        let standing: (Conversation.Kind, Member.Role)? = try await transaction.first(
            """
            select c.type, m.role from members m
            join conversations c on c.id = m.conversation_id and c.deleted_at is null
            where m.conversation_id = \(new.conversation) and m.user_id = \(new.sender) and m.left_at is null
            """)
        guard let (kind, role) = standing else { throw Conversations.unknown }
        guard kind != .channel || role == .admin else { throw Problem(.forbidden, "Only administrators write here") }
        let count = try await ScheduledMessage.count(in: new.conversation, by: new.sender, on: transaction)
        guard count < ScheduledMessage.mostOfConversation else {
            throw Problem(.conflict, "There are \(ScheduledMessage.mostOfConversation) messages that wait already")
        }
    }

    private func repetition(
        of new: NewMessage, at time: Timestamp, on transaction: JobTransaction
    ) async throws -> ScheduledMessage {
        let found = try await ScheduledMessage.find(
            clientID: new.clientID, in: new.conversation, by: new.sender, on: transaction)
        guard let found, found.message.digest == new.digest, found.sendAt == time else { throw Self.reused }
        return found
    }

    private static var reused: Problem { Problem(.idempotencyKeyReused, "Another message has this clientId") }
}

extension Sending {
    /// Sends a message whose time has come. What was taken back is not there; what may not be sent any more says why.
    package func send(_ job: SendScheduledMessage, _ context: JobContext) async throws {
        guard let scheduled = try await ScheduledMessage.start(job.message, at: now, on: database) else {
            throw JobOutcome.discard("it was taken back, or is done")
        }
        do {
            _ = try await send(scheduled.message)
        } catch let problem as Problem where problem.code != .unavailable {
            return try await context.transaction { transaction in
                try await scheduled.fail(problem.detail ?? problem.code.rawValue, on: transaction)
                try await Notification.tellOfFailure(of: scheduled, at: now, on: transaction)
                try await UserChange.record(
                    .scheduled, scheduled.conversation.uuid, of: scheduled.sender, at: now, on: transaction)
            }
        }
        try await context.transaction { transaction in
            try await scheduled.finish(on: transaction)
            try await UserChange.record(
                .scheduled, scheduled.conversation.uuid, of: scheduled.sender, at: now, on: transaction)
        }
    }
}

extension UserChange.Subject {
    /// The subject is the conversation.
    static let scheduled = UserChange.Subject("scheduled_messages")
}
