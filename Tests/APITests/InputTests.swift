import HTTP
import JSON
import Testing
import TestSupport

/// What is said of an input that is not what the route asks for.
@Suite(.ownStores)
struct InputTests {
    private let api: TestAPI

    init() throws { api = try TestAPI() }

    private func echo(_ body: String) async -> Answer { await api.send(.post, "/t/things/echo", body: body) }

    @Test func `a sound body is read, and unknown members are ignored`() async {
        let answer = await echo(
            #"{"name":"a","email":"x@example.org","colour":"blue","sizes":[{"width":1,"height":2}],"tags":["b"],"more":{"x":[1]}}"#
        )
        #expect(answer.status == 200)
        #expect(answer.json["name"] == "a")
        #expect(answer.json["note"] == "kept")
    }

    @Test func `a change is absent, null, or a value`() async {
        #expect(await echo(#"{"name":"a","note":null}"#).json["note"] == JSONValue.null)
        #expect(await echo(#"{"name":"a","note":"new"}"#).json["note"] == "new")
    }

    @Test func `all that is wrong is said at once, each with its field`() async {
        let answer = await echo(
            #"{"name":"","email":"nobody","colour":"pink","sizes":[{"width":0},{"width":"x","height":1}],"tags":["a","a"],"note":7}"#
        )
        #expect(answer.status == 422)
        #expect(answer.code == "validation_failed")
        #expect(
            Set(answer.errors) == [
                "name too_short", "email bad_format", "colour unknown_value", "sizes[0].width out_of_range",
                "sizes[0].height missing", "sizes[1].width wrong_type", "tags not_unique", "note wrong_type",
            ])
    }

    @Test(arguments: [
        ("[]", " wrong_type"), ("{}", "name missing"), (#"{"name":null}"#, "name wrong_type"),
        (#"{"name":"a","sizes":[]}"#, "sizes too_few"), (#"{"name":"a","tags":["1","2","3","4"]}"#, "tags too_many"),
        (#"{"name":"a\u0000"}"#, "name bad_format"),
        (#"{"name":"\#(String(repeating: "ä", count: 21))"}"#, "name too_long"),
        (#"{"name":"a","sizes":[{"width":60,"height":1}]}"#, "sizes invalid"),
        (#"{"name":"a","colour":"red","sizes":[{"width":60.5,"height":1}]}"#, "sizes[0].width wrong_type"),
    ])
    func `a value that does not fit is 422`(body: String, error: String) async {
        let answer = await echo(body)
        #expect(answer.status == 422)
        #expect(answer.errors == [error])
    }

    @Test func `a rule between members is not asked while something else is wrong`() async {
        let answer = await echo(#"{"name":"","sizes":[{"width":60,"height":1}]}"#)
        #expect(answer.errors == ["name too_short"])
    }

    @Test(arguments: [
        "", "{", "{\"name\":}", "{\"name\":\"a\"} x", "{\"name\":\"a\",\"name\":\"b\"}", "\u{FEFF}{}", "nul",
    ])
    func `what is no JSON is 400`(body: String) async {
        let answer = await echo(body)
        #expect(answer.status == 400)
        #expect(answer.code == "malformed_body")
    }

    @Test(arguments: [
        ("text/plain", 415), ("application/xml", 415), ("application/json; charset=utf-8", 200),
        ("application/merge-patch+json", 200), ("application/json; charset=\"UTF-8\"", 200),
        ("application/json;charset=utf8; v=1", 200), ("application/json; charset=utf-16", 415),
        ("application/json; Charset = \"iso-8859-1\"", 415), ("application/json; charset", 200),
    ])
    func `the body has to be JSON by its type`(type: String, status: Int) async {
        let answer = await api.send(.post, "/t/things/echo", ["Content-Type": type], body: #"{"name":"a"}"#)
        #expect(answer.status == status)
    }

    @Test(arguments: [
        ("gzip", 415, "identity"), ("identity, br", 415, "identity"), ("Identity", 200, nil), ("", 415, "identity"),
    ])
    func `a body that came packed is refused, and told how to send it`(coding: String, status: Int, accepted: String?)
        async
    {
        let answer = await api.send(.post, "/t/things/echo", ["Content-Encoding": coding], body: #"{"name":"a"}"#)
        #expect(answer.status == status)
        #expect(answer.headers["Accept-Encoding"] == accepted)
        let type = await api.send(.post, "/t/things/echo", ["Content-Type": "text/plain"], body: "{}")
        #expect(type.status == 415 && type.headers["Accept-Encoding"] == nil)
    }

    @Test func `more than a mebibyte is 413`() async {
        let body = #"{"name":"a","more":"\#(String(repeating: "x", count: 1 << 20))"}"#
        let answer = await echo(body)
        #expect(answer.status == 413)
        #expect(answer.code == "payload_too_large")
    }

    @Test(arguments: [
        ("/t/things?limit=0", 422, "limit out_of_range"), ("/t/things?limit=101", 422, "limit out_of_range"),
        ("/t/things?limit=x", 422, "limit wrong_type"), ("/t/things?colour=pink", 422, "colour unknown_value"),
        ("/t/things?color=red", 400, "color unknown_name"), ("/t/things?limit=1&limit=2", 400, "limit duplicate_key"),
    ])
    func `a query that does not fit is refused, one that is not known too`(path: String, status: Int, error: String)
        async
    {
        let answer = await api.send(.get, path)
        #expect(answer.status == status)
        #expect(answer.errors == [error])
    }

    @Test func `a query with a broken escape is 400`() async {
        #expect(await api.send(.get, "/t/things?colour=%zz").status == 400)
        #expect(await api.send(.get, "/t/things?colour=%FF").status == 400)
        #expect(await api.send(.get, "/t/things?col%6Fur=r%65d&limit=1").status == 200)
    }

    @Test(arguments: ["/t/things/x", "/t/things/00000000-0000-0000-0000-00000000000", "/t/things/%20", "/t/nowhere"])
    func `a path that names nothing is 404`(path: String) async {
        let answer = await api.send(.get, path)
        #expect(answer.status == 404)
        #expect(answer.code == "not_found")
    }

    @Test func `a body that a route reads itself has its own limit and types`() async {
        #expect(await api.send(.put, "/t/upload", ["Content-Type": "image/png"], body: "1234").status == 204)
        #expect(await api.send(.put, "/t/upload", ["Content-Type": "text/plain"], body: "1234").status == 415)
        #expect(await api.send(.put, "/t/upload", ["Content-Type": "image/png"], body: "12345678901").status == 413)
    }
}
