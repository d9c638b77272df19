import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

/// Every process of the Procfile, as an operator meets it: its log, its exit codes, its signals.
@Suite(.ownStores)
struct ProcessTests {
    /// The names in the Procfile: each is an executable of the package.
    static let names: [String] = {
        let text = (try? String(contentsOfFile: Repository.root + "/Procfile", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { $0.split(separator: ":").first.map(String.init) }
    }()

    @Test func `the Procfile names all processes`() {
        #expect(Self.names.count == 8)
    }

    @Test(arguments: names) func `a process becomes ready and stops cleanly when asked to`(name: String) async throws {
        let process = try TestProcess(ours: name)
        try await process.waitForLine(containing: #""ready""#)
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
        #expect(process.errors == "")
    }

    @Test(arguments: names) func `a process serves its health and its metrics where it is told to`(name: String)
        async throws
    {
        try await TestProcess(ours: "yardctl", ["migrate"]).waitForExit()
        let port = try FreePort.next()
        let process = try TestProcess(ours: name, environment: ["METRICS_LISTEN": "127.0.0.1:\(port)"])
        try await process.waitForLine(containing: #""ready""#)
        let client = HTTPClient(on: LoopGroup(count: 1))
        for path in ["/healthz", "/readyz", "/metrics"] {
            let answer = try await client.send(HTTPRequest(.get, "http://127.0.0.1:\(port)\(path)"))
            #expect(answer.status == 200, "\(path)")
        }
        await client.shutDown()
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
    }

    @Test(arguments: names) func `every line of its log is a JSON object`(name: String) async throws {
        let process = try TestProcess(ours: name, environment: ["LOG_LEVEL": "debug"])
        try await process.waitForLine(containing: #""ready""#)
        process.send(SIGTERM)
        try await process.waitForExit()
        for line in process.lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["level"] != nil, "\(line)")
        }
    }

    @Test(arguments: names) func `wrong configuration ends it with 78 and names every mistake`(name: String)
        async throws
    {
        let wrong = [
            "LOG_LEVEL": "loud", "LOOPS": "none", "GRACE_PERIOD": "soon", "DATABASE_URL": "x", "REDIS_URL": "y",
        ]
        let process = try TestProcess(ours: name, environment: wrong)
        #expect(try await process.waitForExit() == .code(78))
        let said = process.output + process.errors
        for variable in wrong.keys { #expect(said.contains(variable), "\(variable) in \(said)") }
    }

    @Test(arguments: names) func `SIGTERM while a store does not answer ends it in time`(name: String) async throws {
        let hole = try BlackHole()
        let process = try TestProcess(ours: name, environment: ["REDIS_URL": "redis://127.0.0.1:\(hole.port)"])
        try await process.waitForLine(containing: #""starting""#)
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
    }
}
