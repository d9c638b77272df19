import APIFrame
import HTTP
import JSON
import Model
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@testable import APIRoutes

/// Opening conversations, sent again because the answer did not arrive.
@Suite(.ownStores)
struct ConversationRouteTests {
    private let ada = Person()
    private let bob = Person()

    @Test func `the same request opens one conversation, and gets the same answer`() async throws {
        try await withAPI { (api, database) async throws in
            let answers = [await open(api, "k1"), await open(api, "k1")]
            #expect(answers.map(\.status) == [201, 201])
            #expect(answers[0].bytes == answers[1].bytes)
            #expect(answers.map { $0.headers["Idempotency-Replayed"] } == [nil, "true"])
            #expect(try await count(database) == 1)
            #expect(await open(api, "k2").json["id"] != answers[0].json["id"])
        }
    }

    @Test func `another request under the same key is refused, and opens nothing`() async throws {
        try await withAPI { (api, database) async throws in
            #expect(await open(api, "k1").status == 201)
            let other = await open(api, "k1", title: "Other")
            #expect(other.status == 422 && other.code == "idempotency_key_reused")
            #expect(try await count(database) == 1)
        }
    }

    @Test func `a direct one that was there keeps its 200, and a refusal is not kept`() async throws {
        try await withAPI { api, _ in
            let direct = #"{"type":"direct","memberIds":["\#(bob.id)"]}"#
            #expect(await send(api, "k1", direct).status == 201)
            let found = [await send(api, "k2", direct), await send(api, "k2", direct)]
            #expect(found.map(\.status) == [200, 200])
            #expect(found[1].headers["Idempotency-Replayed"] == "true")
            #expect(await send(api, "k3", #"{"type":"group"}"#).status == 422)
            #expect(await open(api, "k3").status == 201)
        }
    }

    @Test func `of many at once one opens it, and the others get its answer, or are told to come again`() async throws {
        try await withAPI { (api, database) async throws in
            let answers = await withTaskGroup(of: Answer.self) { group in
                for number in 0..<16 { group.addTask { await open(api, "k1", loop: number % 2) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(try await count(database) == 1)
            #expect(Set(answers.filter { $0.status == 201 }.map(\.text)).count == 1)
            for answer in answers where answer.status != 201 { #expect(answer.code == "request_in_progress") }
        }
    }

    // MARK: Steps

    private func open(_ api: TestAPI, _ key: String, title: String = "Group", loop: Int = 0) async -> Answer {
        await send(api, key, #"{"type":"group","title":"\#(title)","memberIds":["\#(bob.id)"]}"#, loop: loop)
    }

    private func send(_ api: TestAPI, _ key: String, _ body: String, loop: Int = 0) async -> Answer {
        var headers = ada.bearer
        headers.add("Idempotency-Key", key)
        return await api.send(.post, "/conversations", headers, body: body, loop: loop)
    }

    private func count(_ database: Database) async throws -> Int {
        try await database.one("select count(*) from conversations")
    }

    private func withAPI(_ body: (TestAPI, Database) async throws -> Void) async throws {
        let stores = try TestStores.current
        let database = Database(
            DatabaseConfig(url: stores.databaseURL), loops: Loops.group, threads: Loops.threads)
        let redis = RedisClient(try RedisOptions(url: stores.redisURL), on: Loops.group)
        let durable = DurableQueue(
            database: database,
            client: QueueClient(redis: redis, loops: Loops.group, prefix: stores.redisPrefix), loops: Loops.group,
            name: "test", logger: .silent)
        let routes = ConversationRoutes(
            Conversations(durable: durable), writer: MessageWriter(durable: durable, loops: Loops.group),
            receipts: ReceiptWriter(
                database: database, queue: durable.client, loops: Loops.group, log: .silent))
        let api = try await TestAPI.migrated(routes.tables(under: ""))
        try await database.run(
            """
            with made as (
                insert into users (id, username, email, email_verified_at)
                values (\(ada.id), 'ada', 'ada@example.org', now()), (\(bob.id), 'bob', 'bob@example.org', now())
                returning id
            )
            insert into user_settings (user_id) select id from made
            """)
        try await body(api, database)
        await durable.stop()
        await database.close()
        redis.close()
    }
}
