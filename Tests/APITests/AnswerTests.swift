import JSON
import Model
import Runtime
import TestSupport
import Testing

@testable import APIFrame
@testable import HTTP

/// What every answer has, whatever it is about.
@Suite(.ownStores)
struct AnswerTests {
    private let api: TestAPI

    init() throws { api = try TestAPI() }

    @Test func `a request id is made, returned and logged; one that is sent is kept`() async throws {
        let answer = await api.send(.get, "/t/hello")
        let id = try #require(answer.headers["X-Request-Id"])
        #expect(UUID(id) != nil)
        _ = await api.send(.get, "/t/hello", ["X-Request-Id": "mine-17"])
        let logged = api.events.named("request").map { $0.metadata["request.id"] }
        #expect(logged == [.string(id), .string("mine-17")])
    }

    @Test(arguments: ["", "a b", "\u{7F}", String(repeating: "x", count: 129), "a\"b"])
    func `a request id that could break a line is replaced`(id: String) async {
        let answer = await api.send(.get, "/t/hello", ["X-Request-Id": id])
        #expect(answer.headers["X-Request-Id"].flatMap { UUID($0) } != nil)
    }

    @Test func `a trace is taken up, or begun under the request's own id`() async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let taken = try #require(await api.send(.get, "/t/hello", ["traceparent": parent]).headers["traceparent"])
        #expect(taken.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && taken.hasSuffix("-01"))
        #expect(!taken.contains("b7ad6b7169203331"))
        let begun = await api.send(.get, "/t/hello", ["traceparent": "00-nonsense"])
        let id = try #require(begun.headers["X-Request-Id"])
        #expect(begun.headers["traceparent"]?.hasPrefix("00-\(id.replacing("-", with: ""))-") == true)
    }

    @Test func `a problem has all members of RFC 9457, and the request's id`() async {
        let answer = await api.send(.get, "/t/fail/conflict", ["X-Request-Id": "r1"])
        #expect(answer.headers["Content-Type"] == "application/problem+json")
        #expect(
            answer.json == [
                "type": "/docs#problem-conflict", "title": "Conflict", "status": 409,
                "detail": "It is there already", "instance": "/t/fail/conflict", "code": "conflict", "requestId": "r1",
            ])
    }

    @Test(arguments: [
        (400, "bad_request"), (408, "request_timeout"), (413, "payload_too_large"), (414, "uri_too_long"),
        (417, "expectation_failed"), (429, "rate_limited"), (431, "headers_too_large"), (500, "internal_error"),
        (501, "not_implemented"), (503, "unavailable"), (505, "http_version_not_supported"),
    ])
    func `what the server itself refuses is a problem too, with an id that is logged`(status: Int, code: String)
        async throws
    {
        let answer = await api.answer(status, "no request", from: "203.0.113.7")
        #expect(answer.status == status && answer.code == code)
        #expect(answer.headers["Content-Type"] == "application/problem+json")
        #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        #expect((answer.headers["Retry-After"] != nil) == [429, 503].contains(status))
        let line = try #require(api.events.named("no proper request").first)
        #expect(line.metadata["request.id"] == answer.json["requestId"]?.string.map { .string($0) })
        #expect(line.metadata["client.address"] == "203.0.113.7")
    }

    @Test func `an answer that cannot be sent keeps its request's id`() async {
        let answer = await api.answer(404, "", unsent: ["X-Request-Id": "mine"])
        #expect(answer.headers["X-Request-Id"] == "mine")
        #expect(api.events.named("no proper request").isEmpty)
    }

    @Test func `what we do not expect is a 500 whose text stays in the log`() async throws {
        let answer = await api.send(.get, "/t/fail/strangely", ["X-Request-Id": "r2"])
        #expect(answer.status == 500)
        #expect(answer.code == "internal_error")
        #expect(!answer.text.contains("hunter2"))
        let event = try #require(api.events.named("a request failed").first)
        #expect(event.metadata["error"] == .string("the password of the database is hunter2"))
        #expect(event.metadata["request.id"] == .string("r2"))
    }

    /// They can be had without signing in, and are no fault of ours.
    @Test func `a body that ends early or is too slow is the client's fault`() {
        #expect(Problem(ClientGone()).code == .badRequest)
        #expect(Problem(Refusal(408, "too slow")).code == .requestTimeout)
        #expect(Problem(Refusal(400, "no chunk")).code == .badRequest)
        #expect(Problem.Code.requestTimeout.status == 408)
    }

    @Test(arguments: [("full", "2"), ("cancelled", "1")])
    func `what is full is a 503 that says when to come back`(kind: String, wait: String) async {
        let answer = await api.send(.get, "/t/fail/\(kind)")
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == wait)
    }

    @Test func `a code that the route does not declare cannot be sent here, and is logged`() async {
        let answer = await api.send(.get, "/t/fail/forbidden")
        #expect(answer.status == 500)
        #expect(api.events.named("a route refused with what it does not declare").count == 1)
    }

    @Test(arguments: ["/t/undeclared", "/t/extra"])
    func `a status or a member that is not declared cannot be sent here`(path: String) async {
        #expect(await api.send(.get, path).status == 500)
        #expect(api.events.named("a request failed").count == 1)
    }

    @Test func `in production what is not declared is sent all the same`() async throws {
        let lenient = try TestAPI { $0.isStrict = false }
        #expect(await lenient.send(.get, "/t/fail/forbidden").status == 403)
        #expect(await lenient.send(.get, "/t/undeclared").status == 202)
    }

    @Test func `a wrong method is 405 with what is allowed, OPTIONS says so too, HEAD is GET`() async {
        let refused = await api.send(.put, "/t/hello")
        #expect(refused.status == 405)
        #expect(refused.headers["Allow"] == "GET, HEAD, OPTIONS")
        let options = await api.send(.options, "/t/things")
        #expect(options.status == 204)
        #expect(options.headers["Allow"] == "GET, HEAD, POST, OPTIONS")
        #expect(await api.send(.head, "/t/hello").status == 200)
    }

    @Test func `no answer may be guessed at, framed or kept`() async {
        let headers = await api.send(.get, "/t/hello").headers
        #expect(headers["X-Content-Type-Options"] == "nosniff")
        #expect(headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'")
        #expect(headers["Cache-Control"] == "no-store")
        #expect(headers["Strict-Transport-Security"] == nil)
    }

    @Test func `a page of an allowed origin may call, others may not`() async throws {
        let api = try TestAPI { $0.origins = .list(["https://app.example.org"]) }
        let preflight: HTTPHeaders = ["Origin": "https://app.example.org", "Access-Control-Request-Method": "POST"]
        let answer = await api.send(.options, "/t/things", preflight)
        #expect(answer.headers["Access-Control-Allow-Origin"] == "https://app.example.org")
        #expect(answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST, OPTIONS")
        #expect(answer.headers["Vary"] == "Origin")
        let stranger = await api.send(.get, "/t/hello", ["Origin": "https://evil.example.org"])
        #expect(stranger.status == 200)
        #expect(stranger.headers["Access-Control-Allow-Origin"] == nil)
    }

    @Test func `one line of the log for each request says what was asked and what came of it`() async throws {
        let person = Person()
        _ = await api.send(.get, "/t/things/\(UUID.v7())", from: "203.0.113.7")
        _ = await api.send(.get, "/t/me", person.bearer, from: "2001:db8::1")
        _ = await api.send(.get, "/nowhere/at/all")
        let lines = api.events.named("request").map(\.metadata)
        #expect(lines.map { $0["http.route"] } == ["/t/things/{id}", "/t/me", "none"])
        #expect(lines.map { $0["http.status"] } == [200, 200, 404])
        #expect(lines[0]["client.address"] == "203.0.113.7")
        #expect(lines[1]["user.id"] == .id(person.id))
        #expect(lines[2]["http.path"] == "/nowhere/at/all")
        #expect(lines[0]["http.path"] == nil)
    }

    @Test func `durations are measured by route and status`() async {
        _ = await api.send(.get, "/t/things/x")
        _ = await api.send(.get, "/t/things/y")
        _ = await api.send(.get, "/elsewhere")
        var text = ByteBuffer()
        api.metrics.write(to: &text)
        let exposition = text.toString()
        #expect(
            exposition.contains(
                #"http_request_duration_seconds_count{method="GET",route="/t/things/{id}",status="404"} 2"#))
        #expect(exposition.contains(#"http_request_duration_seconds_count{method="any",route="none",status="404"} 1"#))
        #expect(exposition.contains("error_rate 0"))
    }
}
