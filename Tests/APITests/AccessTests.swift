import APIFrame
import HTTP
import JSON
import Postgres
import Runtime
import TestSupport
import Testing

/// Who may call what.
@Suite(.ownStores)
struct AccessTests {
    private let api: TestAPI
    private let person = Person()

    init() throws { api = try TestAPI() }

    @Test func `a route for people needs a token, and knows whose it is`() async {
        let refused = await api.send(.get, "/t/me")
        #expect(refused.status == 401)
        #expect(refused.code == "unauthenticated")
        #expect(refused.headers["WWW-Authenticate"] == "Bearer")
        #expect(await api.send(.get, "/t/me", person.bearer).json["name"]?.string == "\(person.id)")
    }

    @Test(arguments: ["Bearer", "Bearer ", "Basic eDp5", "Bearer nonsense", "token.x"])
    func `a token that is none is refused`(header: String) async {
        #expect(await api.send(.get, "/t/me", ["Authorization": header]).code == "unauthenticated")
        #expect(await api.send(.get, "/t/maybe", ["Authorization": header]).status == 401)
        #expect(await api.send(.get, "/t/hello", ["Authorization": header]).status == 200)
    }

    @Test func `where nobody has to be signed in, who is signed in is known`() async {
        #expect(await api.send(.get, "/t/maybe").json["name"] == "nobody")
        #expect(await api.send(.get, "/t/maybe", person.bearer).json["name"] == "somebody")
    }

    @Test func `a token is verified once, and its time and its session are looked at every time`() async throws {
        let headers: HTTPHeaders = ["Authorization": "Bearer \(person.token(for: .milliseconds(300)))"]
        #expect(await api.send(.get, "/t/me", headers).status == 200)
        #expect(await api.send(.get, "/t/me", headers).status == 200)
        #expect(api.tokens.checks == 1)
        try await eventually { await api.send(.get, "/t/me", headers).code == "token_expired" }
        #expect(api.tokens.checks == 1)
        let lasting = person.bearer
        #expect(await api.send(.get, "/t/me", lasting).status == 200)
        api.tokens.revoke(person.session)
        #expect(await api.send(.get, "/t/me", lasting).code == "unauthenticated")
    }

    @Test func `administrators need the role, each time anew, and an address that is allowed`() async throws {
        let range = try #require(AddressRange("192.0.2.0/24"))
        let api = try await TestAPI.migrated()
        let guarded = try TestAPI { $0.adminGuard = AdminGuard([range]) }
        let inside = "192.0.2.9"
        func look() async -> String? {
            let answer = await guarded.send(.get, "/t/admin/things", person.bearer, from: inside)
            return answer.code ?? answer.json["name"]?.string
        }
        try await api.database.run("insert into users (id, username) values (\(person.id), 'somebody')")
        #expect(await look() == "forbidden")
        guarded.tokens.makeAdmin(person.id)
        #expect(await look() == "hello")
        #expect(
            await guarded.send(.get, "/t/admin/things", person.bearer, from: "192.0.3.1").code == "address_not_allowed")
        #expect(await guarded.send(.get, "/t/admin/things", from: inside).code == "unauthenticated")
        guarded.tokens.unmakeAdmin(person.id)
        #expect(await look() == "forbidden")
    }

    @Test func `what administrators change is kept, and who tries without being one`() async throws {
        let api = try await TestAPI.migrated()
        try await api.database.run("insert into users (id, username) values (\(person.id), 'somebody')")
        _ = await api.send(.post, "/t/admin/things", person.bearer)
        api.tokens.makeAdmin(person.id)
        #expect(await api.send(.post, "/t/admin/things", person.bearer).status == 204)
        _ = await api.send(.get, "/t/admin/things", person.bearer)
        let kept: [String] = try await api.database.all("select action from audit_log order by id")
        #expect(kept == ["admin.refused", "admin.request"])
    }

    @Test func `the words of a request's log follow it into what it logs and enqueues`() async {
        _ = await api.send(.get, "/t/fail/strangely", ["X-Request-Id": "followed"])
        #expect(api.events.all.allSatisfy { $0.metadata["request.id"] == .string("followed") })
        #expect(api.events.all.count == 2)
    }
}
