import Foundation
import HTTP
import TestSupport
import Testing

/// The API's own process, on the stores of the test.
enum APIServer {
    /// Lends its address until `body` returns; the process then has to end as it was asked to.
    static func run(
        _ variables: [String: String] = [:], _ body: (TestProcess, String) async throws -> Void
    ) async throws {
        let variables = ["APP_ENV": "test", "LOG_LEVEL": "debug"].merging(variables) { $1 }
        try await TestProcess(ours: "yardctl", ["migrate"], environment: variables).waitForExit()
        let process = try TestProcess(ours: "api", environment: variables)
        let line = try await process.waitForLine(containing: #""server":"api""#)
        let port = try #require(line.split(separator: ":").last?.prefix { $0.isNumber })
        try await process.waitForLine(containing: #""ready""#)
        try await body(process, "http://127.0.0.1:\(port)")
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
    }
}

/// The client of these tests.
enum Clients {
    static let http = HTTPClient(on: Loops.group)
}
