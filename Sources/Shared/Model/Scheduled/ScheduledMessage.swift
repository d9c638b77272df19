import JSON
import Postgres
import Queue
import Runtime

/// A message that is sent later, as its sender sees it.
package struct ScheduledMessage: Sendable {
    package let id: ID<ScheduledMessage>
    package let conversation: ID<Conversation>
    package let sender: ID<User>
    package let clientID: String?
    package let kind: String
    package let content: String
    package let metadata: JSONValue?
    package let replyTo: ID<Message>?
    package let threadRoot: ID<Message>?
    package let lifetime: Duration?
    package let sendAt: Timestamp
    package let createdAt: Timestamp
    /// Why it could not be sent.
    package let failure: String?

    package static let mostOfConversation = 100
    package static let farthest: Duration = .days(366)
}

/// Sends a message whose time has come.
package struct SendScheduledMessage: Job, Codable, Equatable {
    package static let kind = "message.send_scheduled"
    package static let queue = QueueName.fanout
    let message: ID<ScheduledMessage>
}

extension ScheduledMessage {
    init(_ new: NewMessage, sendAt: Timestamp, at now: Timestamp) {
        id = .new()
        conversation = new.conversation
        sender = new.sender
        clientID = new.clientID
        kind = new.content.kind
        content = new.content.text
        metadata = new.content.metadata
        replyTo = new.replyTo
        threadRoot = new.threadRoot
        lifetime = new.lifetime
        self.sendAt = sendAt
        createdAt = now
        failure = nil
    }

    /// As it is sent. A second run sends nothing: without an id of the sender's own it has this one's.
    var message: NewMessage {
        NewMessage(
            in: conversation, by: sender, .copy(kind: kind, text: content, metadata: metadata),
            clientID: clientID ?? "scheduled/\(id)", replyTo: replyTo, threadRoot: threadRoot, lifetime: lifetime)
    }
}

extension ScheduledMessage: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        conversation = try row["conversation_id"]
        sender = try row["sender_id"]
        clientID = try row["client_id"]
        kind = try row["type"]
        content = try row["content"]
        let text: String? = try row["metadata"]
        metadata = text.flatMap { try? JSONCoder.decode(JSONValue.self, from: $0) }
        replyTo = try row["reply_to_id"]
        threadRoot = try row["thread_root_id"]
        let seconds: Int64? = try row["lifetime_seconds"]
        lifetime = seconds.map { .seconds($0) }
        sendAt = try row["send_at"]
        createdAt = try row["created_at"]
        failure = try row["failure"]
    }

    private static let columns: StaticString = """
        id, conversation_id, sender_id, client_id, type, content, metadata, reply_to_id, thread_root_id, lifetime_seconds,
        send_at, created_at, failure
        """

    /// False where there is one with its client id.
    func insert(on sql: some SQLRunner) async throws -> Bool {
        let metadata = try metadata.map { try JSONCoder.text($0) }
        return try await sql.run(
            """
            insert into scheduled_messages (\(literally: Self.columns))
            values (
                \(id), \(conversation), \(sender), \(clientID), \(kind), \(content), \(metadata), \(replyTo),
                \(threadRoot), \(lifetime?.components.seconds), \(sendAt), \(createdAt), null
            )
            on conflict on constraint scheduled_messages_client_id do nothing
            """) > 0
    }

    static func find(
        clientID: String?, in conversation: ID<Conversation>, by sender: ID<User>, on sql: some SQLRunner
    ) async throws -> ScheduledMessage? {
        try await sql.first(
            """
            select \(literally: columns) from scheduled_messages
            where conversation_id = \(conversation) and sender_id = \(sender) and client_id = \(clientID)
            """)
    }

    /// Those that wait or failed, the next one first.
    static func all(
        in conversation: ID<Conversation>, by sender: ID<User>, after: (Timestamp, ID<ScheduledMessage>)?, limit: Int,
        on sql: some SQLRunner
    ) async throws -> [ScheduledMessage] {
        try await sql.all(
            """
            select \(literally: columns) from scheduled_messages
            where conversation_id = \(conversation) and sender_id = \(sender)
                and (\(after?.0)::timestamptz is null or (send_at, id) > (\(after?.0), \(after?.1)))
            order by send_at, id
            limit \(limit)
            """)
    }

    static func count(
        in conversation: ID<Conversation>, by sender: ID<User>, on sql: some SQLRunner
    ) async throws -> Int {
        try await sql.one(
            """
            select count(*)::int from scheduled_messages
            where conversation_id = \(conversation) and sender_id = \(sender)
            """)
    }

    /// Takes back what does not go out at this moment; nil is all of it.
    static func delete(
        _ id: ID<ScheduledMessage>?, in conversation: ID<Conversation>, by sender: ID<User>, on sql: some SQLRunner
    ) async throws -> Int {
        try await sql.run(
            """
            delete from scheduled_messages
            where conversation_id = \(conversation) and sender_id = \(sender)
                and (started_at is null or failure is not null) and (\(id)::uuid is null or id = \(id))
            """)
    }

    /// From then on it is not taken back. Nil where it was, or is done.
    static func start(
        _ id: ID<ScheduledMessage>, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> ScheduledMessage? {
        try await sql.first(
            """
            update scheduled_messages set started_at = coalesce(started_at, \(now))
            where id = \(id) and failure is null
            returning \(literally: columns)
            """)
    }

    func finish(on sql: some SQLRunner) async throws {
        try await sql.run("delete from scheduled_messages where id = \(id)")
    }

    func fail(_ why: String, on sql: some SQLRunner) async throws {
        try await sql.run("update scheduled_messages set failure = \(why) where id = \(id)")
    }
}
