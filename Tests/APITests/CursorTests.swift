import APIFrame
import Crypto
import HTTP
import JSON
import Runtime
import TestSupport
import Testing

/// Lists in pages.
@Suite(.ownStores)
struct CursorTests {
    private let api: TestAPI

    init() throws { api = try TestAPI() }

    private func names(_ answer: Answer) -> [String] {
        guard case .array(let things)? = answer.json["data"] else { return [] }
        return things.compactMap { $0["name"]?.string }
    }

    @Test func `the pages of a list are the list`() async throws {
        var seen: [String] = []
        var path = "/t/things?limit=50"
        while true {
            let answer = await api.send(.get, path)
            seen += names(answer)
            guard let cursor = answer.json["nextCursor"]?.string else {
                #expect(answer.json["hasMore"] == false)
                break
            }
            #expect(answer.json["hasMore"] == true)
            path = "/t/things?limit=50&cursor=\(cursor)"
        }
        #expect(seen == (0..<120).map { "\($0)" })
    }

    @Test func `a page has 50 elements unless it is told otherwise`() async {
        #expect(names(await api.send(.get, "/t/things")).count == 50)
        #expect(names(await api.send(.get, "/t/things?limit=7")).count == 7)
    }

    @Test func `a cursor with one bit changed is refused`() async throws {
        let cursor = try #require(await api.send(.get, "/t/things").json["nextCursor"]?.string)
        let bytes = try #require(Base64URL.decode(cursor))
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            let answer = await api.send(.get, "/t/things?cursor=\(Base64URL.encode(changed))")
            #expect(answer.code == "invalid_cursor")
        }
    }

    @Test(arguments: ["AAAA", "-", "....", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
    func `a cursor that was made up is refused`(cursor: String) async {
        #expect(await api.send(.get, "/t/things?cursor=\(cursor)").status == 400)
    }

    @Test func `a cursor goes with its filters, in any order and spelling, and with any limit`() async throws {
        let path = "/t/things?colour=red&limit=5"
        let cursor = try #require(await api.send(.get, path).json["nextCursor"]?.string)
        for other in ["", "colour=blue&"] {
            let answer = await api.send(.get, "/t/things?\(other)cursor=\(cursor)")
            #expect(answer.status == 400 && answer.code == "invalid_cursor")
        }
        let next = await api.send(.get, "/t/things?limit=2&cursor=\(cursor)&colour=%72ed")
        #expect(names(next) == ["5", "6"])
    }

    @Test func `a cursor of another person, route or key is refused`() async throws {
        let one = Person(), other = Person()
        let table = APIRoutes(
            "Lists",
            [.get("/a", "List", pageOfNothing), .get("/b", "List", pageOfNothing)])
        let api = try TestAPI([table])
        let cursor = try #require(await api.send(.get, "/a", one.bearer).json["nextCursor"]?.string)
        #expect(await api.send(.get, "/a?cursor=\(cursor)", one.bearer).status == 200)
        #expect(await api.send(.get, "/a?cursor=\(cursor)", other.bearer).code == "invalid_cursor")
        #expect(await api.send(.get, "/b?cursor=\(cursor)", one.bearer).code == "invalid_cursor")
        let elsewhere = try TestAPI([table]) { $0.cursorKeys = [SecretBytes.random(count: 32)] }
        #expect(await elsewhere.send(.get, "/a?cursor=\(cursor)", one.bearer).code == "invalid_cursor")
    }
}

private func pageOfNothing(_ input: ThingSearch, _ call: Call) throws -> Page<Thing> {
    if let cursor = input.page.cursor { _ = try call.place(of: cursor, as: (UUID, String).self) }
    return Page([], nextCursor: call.cursor(after: UUID.v7(), "ä"))
}
