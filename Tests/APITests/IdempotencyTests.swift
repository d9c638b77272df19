import APIFrame
import HTTP
import JSON
import Model
import Postgres
import Runtime
import TestSupport
import Testing

/// Requests that are sent again because their answer did not arrive.
@Suite(.ownStores)
struct IdempotencyTests {
    private let person = Person()
    private let body = #"{"name":"one"}"#

    private func api() async throws -> TestAPI {
        let api = try await TestAPI.migrated()
        try await api.database.run("insert into users (id, username) values (\(person.id), 'somebody')")
        return api
    }

    private func headers(_ key: String, _ person: Person? = nil) -> HTTPHeaders {
        var headers = (person ?? self.person).bearer
        headers.add("Idempotency-Key", key)
        return headers
    }

    private func things(_ api: TestAPI) async throws -> Int {
        try await api.database.one("select count(*) from things")
    }

    @Test func `the same request gets the first answer, and has its effect once`() async throws {
        let api = try await api()
        let first = await api.send(.post, "/t/things", headers("k1"), body: body)
        let second = await api.send(.post, "/t/things", headers("k1"), body: body)
        #expect(first.status == 201 && second.status == 201)
        #expect(first.bytes == second.bytes)
        #expect(first.headers["Location"] == second.headers["Location"])
        #expect(first.headers["Idempotency-Replayed"] == nil)
        #expect(second.headers["Idempotency-Replayed"] == "true")
        #expect(try await things(api) == 1)
    }

    @Test func `without a key each request has its effect`() async throws {
        let api = try await api()
        for _ in 0..<2 { #expect(await api.send(.post, "/t/things", person.bearer, body: body).status == 201) }
        #expect(try await things(api) == 2)
    }

    @Test func `another request under the same key is 422`() async throws {
        let api = try await api()
        _ = await api.send(.post, "/t/things", headers("k1"), body: body)
        let other = await api.send(.post, "/t/things", headers("k1"), body: #"{"name":"two"}"#)
        #expect(other.status == 422)
        #expect(other.code == "idempotency_key_reused")
        #expect(try await things(api) == 1)
    }

    @Test func `a key belongs to one person`() async throws {
        let api = try await api()
        let other = Person()
        try await api.database.run("insert into users (id, username) values (\(other.id), 'other')")
        let mine = await api.send(.post, "/t/things", headers("k1"), body: body)
        let theirs = await api.send(.post, "/t/things", headers("k1", other), body: body)
        #expect(mine.json["id"] != theirs.json["id"])
        #expect(try await things(api) == 2)
    }

    @Test func `a refusal is not kept`() async throws {
        let api = try await api()
        let refused = await api.send(.post, "/t/things", headers("k1"), body: #"{"name":"taken"}"#)
        #expect(refused.status == 409)
        #expect(await api.send(.post, "/t/things", headers("k1"), body: body).status == 201)
    }

    @Test func `of many at once one has its effect, and the others its answer, or are told to come again`() async throws
    {
        let api = try await api()
        let answers = await withTaskGroup(of: Answer.self) { group in
            for number in 0..<24 {
                group.addTask { await api.send(.post, "/t/things", headers("k1"), body: body, loop: number % 2) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await things(api) == 1)
        let created = answers.filter { $0.status == 201 }
        #expect(Set(created.map(\.text)).count == 1)
        for answer in answers where answer.status != 201 {
            #expect(answer.code == "request_in_progress")
            #expect(answer.headers["Retry-After"] == "1")
        }
    }

    @Test(arguments: ["", "a b", "ä", String(repeating: "x", count: 256)])
    func `a key that is none is refused`(key: String) async throws {
        let api = try await api()
        #expect(await api.send(.post, "/t/things", headers(key), body: body).code == "bad_request")
        #expect(try await things(api) == 0)
    }

    @Test func `two keys are none`() async throws {
        let api = try await api()
        var two = headers("k1")
        two.add("Idempotency-Key", "k1")
        #expect(await api.send(.post, "/t/things", two, body: body).code == "bad_request")
        #expect(try await things(api) == 0)
    }

    @Test func `where answers hold secrets a key is refused`() async throws {
        let api = try await api()
        #expect(await api.send(.post, "/t/login", headers("k1")).code == "idempotency_key_refused")
    }

    @Test func `after a day the key is new again, and is cleared away`() async throws {
        let api = try await api()
        _ = await api.send(.post, "/t/things", headers("k1"), body: body)
        try await api.database.run("update idempotency_keys set created_at = now() - interval '25 hours'")
        let again = await api.send(.post, "/t/things", headers("k1"), body: #"{"name":"two"}"#)
        #expect(again.json["name"] == "two")
        try await api.database.run("update idempotency_keys set created_at = now() - interval '25 hours'")
        let pruner = AnswerPruner(api.database, loops: Loops.group, log: .silent)
        pruner.start()
        try await eventually {
            let left: Int = try await api.database.one("select count(*) from idempotency_keys")
            return left == 0
        }
        await pruner.stop()
    }

    @Test func `a process that dies before the commit leaves neither effect nor answer`() async throws {
        let api = try await api()
        let url = try TestStores.current.databaseURL
        let token = person.token()
        await #expect(processExitsWith: .failure) { [url = url as String, token = token as String] in
            try await DyingAPI.run(databaseURL: url, token: token)
        }
        #expect(try await things(api) == 0)
        // The server may not have noticed yet that the dead one is gone.
        let answer = try await eventuallySome("the end of the dead process's transaction") {
            let answer = await api.send(.post, "/t/things", headers("k1"), body: body)
            return answer.code == "request_in_progress" ? nil : answer
        }
        #expect(answer.status == 201)
        #expect(answer.headers["Idempotency-Replayed"] == nil)
    }
}
