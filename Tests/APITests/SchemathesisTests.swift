import Foundation
import HTTP
import JSON
import TestSupport
import Testing

/// What another program makes of our own document: it sends what the schemas allow and what they do not, and looks at
/// each answer. No 500, no status, type or shape that the document does not have.
@Suite(.ownStores)
struct SchemathesisTests {
    private static let program = "\(Repository.root)/.build/test-peers/bin/schemathesis"
    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance", "negative_data_rejection",
    ]
    /// They would end the session that all the others are asked with.
    private static let endings = ["postAuthLogout", "deleteAuthSessions", "deleteAuthSessionsById", "deleteUsersMe"]
    private static let noLimits = [
        "RATE_LIMIT_MAX_REQUESTS": "0", "GUESSES_PER_ACCOUNT": "0", "REGISTRATIONS_PER_ADDRESS": "0",
        "CODES_PER_RECEIVER": "0", "CODES_PER_ADDRESS": "0",
    ]

    @Test func `every answer is as the document says, whatever is sent`() async throws {
        #expect(FileManager.default.isExecutableFile(atPath: Self.program), "scripts/setup test installs schemathesis")
        try await APIServer.run(Self.noLimits) { (process, url) async throws in
            let token = try await register(at: url)
            let seed = Environment["SEED"] ?? "\(UInt32.random(in: 1...UInt32.max))"
            print("SEED=\(seed) repeats SchemathesisTests")
            let run = try TestProcess(Self.program, arguments(url, token, seed: seed))
            // Half a minute's work; the rest is for a busy machine.
            let exit = try await run.waitForExit(within: Self.isLong ? .seconds(900) : .seconds(600))
            #expect(exit == .code(0), "\(run.output.suffix(8000))\(run.errors)")
            let failures = process.lines.filter { $0.contains(#""level":"error""#) }
            #expect(failures == [])
        }
    }

    private static let isLong = Environment["SOAK"] != nil

    private func arguments(_ url: String, _ token: String, seed: String) -> [String] {
        let phases = Self.isLong ? "examples,coverage,fuzzing,stateful" : "coverage,fuzzing"
        // Somebody who is no administrator gets the same refusal from all of these.
        let effort =
            Self.isLong
            ? ["--max-examples", "100", "--max-time", "600"]
            : ["--max-examples", "3", "--exclude-tag", "Administration"]
        return [
            "--config-file", "\(Repository.root)/Tests/APITests/Peers/schemathesis.toml", "run", "\(url)/openapi.json",
            "--url", url, "-H", "Authorization: Bearer \(token)", "--checks", Self.checks.joined(separator: ","),
            "--phases", phases, "--seed", seed,
        ] + effort + Self.endings.flatMap { ["--exclude-operation-id", $0] }
    }

    private func register(at url: String) async throws -> String {
        let body = #"{"email":"somebody@example.org","username":"somebody","password":"correct horse battery"}"#
        let answer = try await Clients.http.send(
            HTTPRequest(
                .post, "\(url)/api/v1/auth/register", headers: ["Content-Type": "application/json"],
                body: .bytes(Array(body.utf8))))
        return try #require(try JSONCoder.decode(JSONValue.self, from: answer.body)["accessToken"]?.string)
    }
}
