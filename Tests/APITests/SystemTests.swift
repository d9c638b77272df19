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

    @Test func `readiness falls while PostgreSQL is away, and comes back`() async throws {
        let server = try await PostgresServer()
        try await TestProcess(ours: "yardctl", ["migrate"], environment: ["DATABASE_URL": server.url]).waitForExit()
        try await APIServer.run(["DATABASE_URL": server.url]) { (_, url) async throws in
            #expect(try await get(url + "/readyz").status == 200)
            try await server.kill()
            try await eventually { try await get(url + "/readyz").status == 503 }
            #expect(try await get(url + "/healthz").status == 200)
            try await server.start()
            try await eventually { try await get(url + "/readyz").status == 200 }
        }
    }
}
