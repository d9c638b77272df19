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
    private let cleo = Person()

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

    @Test func `under one key one invite is made, and its code lets somebody in`() async throws {
        try await withAPI { (api, database) async throws in
            let id = try #require(await open(api, "k1").json["id"]?.string)
            let path = "/conversations/\(id)/invites"
            let made = [await post(api, path, #"{"maxUses":1}"#, "i1"), await post(api, path, #"{"maxUses":1}"#, "i1")]
            #expect(made.map(\.status) == [201, 201] && made[0].bytes == made[1].bytes)
            let code = try #require(made[0].json["code"]?.string)
            #expect(await api.send(.post, "/invites/\(code)/accept", cleo.bearer).json["role"] == "member")
            #expect(await api.send(.get, "/invites/\(code)", cleo.bearer).status == 409)
            #expect(await api.send(.get, path, bob.bearer).status == 403)
        }
    }

    @Test func `what is sent later is 202, again under its key, and can be taken back`() async throws {
        try await withAPI { (api, database) async throws in
            let id = try #require(await open(api, "k1").json["id"]?.string)
            let body = #"{"content":"later","sendAt":"\#((Timestamp.now + .hours(1)).rfc3339)","expiresIn":60}"#
            let path = "/conversations/\(id)/messages"
            let answers = [await post(api, path, body, "m1"), await post(api, path, body, "m1")]
            #expect(answers.map(\.status) == [202, 202], "\(answers.map(\.text))")
            #expect(answers[0].bytes == answers[1].bytes)
            #expect(answers[0].json["expiresIn"]?.integer == 60)
            let late = await post(api, path, #"{"content":"x","sendAt":"2020-01-01T00:00:00Z"}"#, "m2")
            #expect(late.errors == ["sendAt out_of_range"])
            #expect(await api.send(.delete, "/conversations/\(id)/scheduled", ada.bearer).status == 204)
            #expect(await api.send(.get, "/conversations/\(id)/scheduled", ada.bearer).json["data"] == .array([]))
        }
    }

    @Test func `of many messages each has its outcome, and problems of polls name their fields`() async throws {
        try await withAPI { (api, database) async throws in
            let id = try #require(await open(api, "k1").json["id"]?.string)
            let sent = await post(api, "/conversations/\(id)/messages", #"{"content":"one"}"#, "m1")
            let message = try #require(sent.json["id"]?.string)
            let bulk = await api.send(
                .post, "/messages/bulk", ada.bearer,
                body: #"{"action":"save","ids":["\#(message)","\#(ID<Message>.new())"]}"#)
            #expect(bulk.json["data"]?[0]?["problem"] == .null)
            #expect(bulk.json["data"]?[1]?["problem"]?["code"] == "not_found")
            let poll = await post(
                api, "/conversations/\(id)/messages",
                #"{"type":"poll","content":"?","metadata":{"options":["a","a"]}}"#,
                "m2")
            #expect(poll.errors == ["metadata.options not_unique"])
            let empty = await post(api, "/conversations/\(id)/messages", #"{"type":"gif"}"#, "m3")
            #expect(empty.errors == ["metadata missing"])
        }
    }

    // MARK: Steps

    private func post(_ api: TestAPI, _ path: String, _ body: String, _ key: String) async -> Answer {
        var headers = ada.bearer
        headers.add("Idempotency-Key", key)
        return await api.send(.post, path, headers, body: body)
    }

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
        let ground = try TestAPI()
        let database = ground.database
        let routes = ConversationRoutes(
            Sending(
                Conversations(durable: ground.durable),
                writer: MessageWriter(durable: ground.durable, loops: Loops.group)),
            receipts: ReceiptWriter(
                database: database, queue: ground.durable.client, loops: Loops.group, log: .silent))
        let api = try await TestAPI.migrated(routes.tables(under: ""))
        try await database.run(
            """
            with made as (
                insert into users (id, username, email, email_verified_at)
                values (\(ada.id), 'ada', 'ada@example.org', now()), (\(bob.id), 'bob', 'bob@example.org', now()),
                    (\(cleo.id), 'cleo', 'cleo@example.org', now())
                returning id
            )
            insert into user_settings (user_id) select id from made
            """)
        try await body(api, database)
        await ground.durable.stop()
        await database.close()
        ground.redis.close()
    }
}
