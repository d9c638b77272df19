import Foundation
import TestSupport
import Testing

/// What the executables are made of.
struct LinkedCodeTests {
    /// Whose functions of the same names `TextSearch` stands before, where it is imported.
    @Test func `no search in text brings the engine for regular expressions into a process`() async throws {
        let modules = [
            "Runtime", "JSON", "Redis", "Postgres", "Crypto", "HTTP", "Model", "Queue", "APIFrame", "APIRoutes",
        ]
        let objects = modules.map { "\($0).build/*.o" }.joined(separator: " ")
        let found = try await TestProcess.run(
            "bash",
            [
                "-c",
                """
                cd '\(TestProcess.pathOfOurs("."))'
                nm -A --undefined-only \(objects) | grep 17_StringProcessing | cut -d: -f1 | sort -u
                """,
            ])
        // Objects of files that are gone may lie there still.
        let sources = FileManager.default.enumerator(atPath: "\(Repository.root)/Sources")?.compactMap { $0 as? String }
        let names = Set((sources ?? []).map { ($0 as NSString).lastPathComponent })
        let guilty = found.split(separator: "\n").filter { line in
            names.contains(String((line.split(separator: "/").last ?? "").dropLast(2)))
        }
        #expect(!names.isEmpty)
        #expect(guilty == [], "import Runtime there")
    }
}
