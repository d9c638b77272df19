import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

/// The pages that people type from: each command in a block of `sh` is run as it stands, on a platform that runs.
@Suite(.ownStores) struct DocCommandTests {
    private static let pages = [
        "README.md", "docs/operations.md", "docs/deployment.md", "docs/guides/first-job.md",
        "docs/guides/three-in-the-morning.md", "docs/guides/scale-out.md",
    ]

    /// What readers have where they type: our programs, and the addresses that `make run` prints.
    private func script(_ page: String, _ platform: Platform) throws -> String {
        let text = try String(contentsOfFile: "\(Repository.root)/\(page)", encoding: .utf8)
        let blocks = text.matches(of: /(?m)^```sh\n((?:(?!```).*\n)*)```/).map { String($0.1) }
        #expect(!blocks.isEmpty, "\(page)")
        let programs = (TestProcess.pathOfOurs("yardctl") as NSString).deletingLastPathComponent
        let commands = blocks.joined(separator: "\n")
            .replacingOccurrences(of: ".build/release/", with: "")
            .replacingOccurrences(of: "http://127.0.0.1:8080", with: platform.url)
        // A finding ends with 1, which is an answer; what is not understood or does not work is none.
        return """
            set -euo pipefail
            PATH=\(programs):$PATH
            yardctl() { local code=0; command yardctl "$@" || code=$?; [ "$code" -le 1 ]; }
            curl() { command curl --fail-with-body --silent --show-error "$@"; }
            set -x
            \(commands)
            """
    }

    @Test func `every command of the pages works as it stands there`() async throws {
        let platform = try await Platform()
        for name in ["worker-fanout", "worker-push", "worker-payments"] { try platform.start(name) }
        try await TestProcess(ours: "yardctl", ["demo"], environment: platform.environment).waitForExit()
        let stores = try TestStores.current
        let folder = try ScratchFolder("docs")
        for page in Self.pages {
            let file = folder.file("script")
            try script(page, platform).write(toFile: file, atomically: true, encoding: .utf8)
            let run = try TestProcess(
                "bash", [file],
                environment: platform.environment.merging([
                    "DATABASE_URL": stores.databaseURL, "REDIS_URL": stores.redisURL, "BACKUPS": folder.file("backups"),
                    "STORAGE_PATH": folder.file("storage"),
                ]) { $1 })
            #expect(
                try await run.waitForExit() == .code(0), "\(page): \(run.errors.suffix(1500)) \(run.output.suffix(500))"
            )
        }
        try await platform.stop()
    }
}
