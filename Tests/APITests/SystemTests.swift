import APIFrame
import Foundation
import HTTP
import TestSupport
import Testing

/// The process as clients and operators meet it.
@Suite(.ownStores)
struct SystemTests {
    private func get(_ url: String, _ headers: HTTPHeaders = [:]) async throws -> HTTPAnswer {
        try await Clients.http.send(HTTPRequest(.get, url, headers: headers))
    }

    @Test(arguments: [
        ("/healthz", "text/plain"), ("/readyz", "text/plain"), ("/metrics", "text/plain"),
        ("/openapi.json", "application/json"), ("/docs", "text/html"),
    ])
    func `the process says how it is and what it offers`(path: String, type: String) async throws {
        try await APIServer.run { (_, url) async throws in
            let answer = try await get(url + path)
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"]?.hasPrefix(type) == true)
            #expect(!answer.body.isEmpty)
        }
    }

    @Test func `metrics are for the addresses of administrators`() async throws {
        try await APIServer.run(["ADMIN_ALLOWED_IPS": "192.0.2.0/24", "TRUSTED_PROXIES": "127.0.0.1"]) {
            (_, url) async throws in
            #expect(try await get(url + "/metrics").status == 403)
            #expect(try await get(url + "/metrics", ["X-Forwarded-For": "192.0.2.7"]).status == 200)
        }
    }

    @Test func `each request has one line in the log, made as JSON`() async throws {
        try await APIServer.run { (process, url) async throws in
            _ = try await get(url + "/nowhere/%22%5C%0A?token=secret", ["X-Request-Id": "find-me"])
            let line = try await process.waitForLine(containing: "find-me")
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["message"] as? String == "request")
            #expect(object?["http.status"] as? Int == 404)
            #expect(object?["http.path"] as? String == "/nowhere/%22%5C%0A")
            #expect(object?["client.address"] as? String == "127.0.0.1")
            #expect(!line.contains("secret"))
        }
    }

    @Test func `whatever is made by a POST keeps its answers for a key, or says that it does not`() async throws {
        try await APIServer.run { (_, url) async throws in
            let text = try await get(url + "/openapi.json").body
            let document = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
            let paths = try #require(document?["paths"] as? [String: [String: [String: Any]]])
            var makers = 0
            for (path, methods) in paths {
                guard let post = methods["post"], let answers = post["responses"] as? [String: Any],
                    answers["201"] != nil
                else { continue }
                makers += 1
                let parameters = post["parameters"] as? [[String: Any]] ?? []
                let keeps = parameters.contains { $0["name"] as? String == "Idempotency-Key" }
                #expect(keeps || "\(answers["400"] ?? "")".contains("idempotency_key_refused"), "\(path)")
            }
            #expect(makers >= 3)
        }
    }

    @Test func `readiness falls while PostgreSQL is away, and comes back`() async throws {
        let server = try await PostgresServer()
        try await TestProcess(ours: "yardctl", ["migrate"], environment: ["DATABASE_URL": server.url]).waitForExit()
        try await APIServer.run(["DATABASE_URL": server.url]) { (_, url) async throws in
            #expect(try await get(url + "/readyz").status == 200)
            try await server.kill()
            let refused = try await eventuallySome("the process is not ready") {
                let answer = try await get(url + "/readyz")
                return answer.status == 503 ? answer : nil
            }
            #expect(refused.headers["Content-Type"] == "application/problem+json")
            #expect(refused.headers["Retry-After"] != nil && refused.headers["X-Request-Id"] != nil)
            #expect(try await get(url + "/healthz").status == 200)
            try await server.start()
            try await eventually { try await get(url + "/readyz").status == 200 }
        }
    }
}
