import Postgres
import Queue
import QueueTesting
import Redis
import Runtime
import TestSupport

@testable import Model

/// Conversations of one test.
struct Chat: Sendable {
    let database: Database
    let conversations: Conversations
    let writer: MessageWriter
    let receipts: ReceiptWriter
    let sending: Sending
    private let redis: RedisClient
    let durable: DurableQueue

    /// `writers` counts what would be processes: each has connections of its own.
    static func lend(at clock: any WallClock = SystemClock(), _ body: (Chat) async throws -> Void) async throws {
        let chat = try Chat(at: clock)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(chat)) } catch { outcome = .failure(error) }
        await chat.close()
        try outcome.get()
    }

    init(at clock: any WallClock = SystemClock()) throws {
        var config = DatabaseConfig(url: try TestStores.current.databaseURL)
        config.poolSize = 4
        config.waitLimit = .seconds(60)
        database = Database(config, loops: World.loops, threads: World.threads)
        redis = RedisClient(try RedisOptions(url: try TestStores.current.redisURL), on: World.loops)
        durable = DurableQueue(
            database: database,
            client: QueueClient(redis: redis, loops: World.loops, prefix: try TestStores.current.redisPrefix),
            loops: World.loops, name: "test", logger: .silent)
        conversations = Conversations(durable: durable, clock: clock)
        writer = MessageWriter(durable: durable, loops: World.loops, clock: clock)
        receipts = ReceiptWriter(database: database, queue: durable.client, loops: World.loops, log: .silent)
        sending = Sending(conversations, writer: writer)
    }

    func close() async {
        await durable.stop()
        await database.close(grace: .milliseconds(200))
        redis.close()
    }

    /// People whose addresses are verified, made without their passwords.
    func people(_ count: Int) async throws -> [SignedInUser] {
        let ids = (0..<count).map { _ in ID<User>.new() }
        let names = ids.map { "p" + String($0.description.filter { $0 != "-" }.suffix(20)) }
        try await database.run(
            """
            with made as (
                insert into users (id, username, email, email_verified_at)
                select id, name, name || '@example.org', now() from unnest(\(ids), \(names)) as n (id, name)
                returning id
            )
            insert into user_settings (user_id) select id from made
            """)
        return ids.map { SignedInUser($0, session: .new()) }
    }

    func group(_ people: [SignedInUser]) async throws -> ID<Conversation> {
        try await conversations.create(
            NewConversation(.group, title: "Group", members: people.map(\.id)), by: people[0]
        ).conversation.id
    }

    @discardableResult
    func say(
        _ text: String, in conversation: ID<Conversation>, by user: SignedInUser, clientID: String? = nil,
        replyTo: ID<Message>? = nil
    ) async throws -> Message {
        try await writer.send(
            NewMessage(in: conversation, by: user.id, .text(text), clientID: clientID, replyTo: replyTo))
    }

    /// What somebody reads, oldest first.
    func read(_ conversation: ID<Conversation>, by user: SignedInUser) async throws -> [String] {
        try await conversations.database.value(
            of: conversations.messages(of: conversation, for: user, .after(0), limit: 100)
        ).map(\.content)
    }
}
