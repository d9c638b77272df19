import Crypto
import Glibc
import Runtime

/// Folders for files that are being made, on the same disk as those that are stored there. What a process that was killed has
/// left goes after a day.
package struct Scratch: Sendable {
    private let root: String
    private let threads: ThreadPool

    package init(below folder: String, threads: ThreadPool) {
        root = "\(folder)/scratch"
        self.threads = threads
    }

    /// Lends a folder of its own, which is gone afterwards.
    package func lend<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = "\(root)/\(SecureRandom.token(bytes: 12))"
        try await threads.run { try Files.makeFolder(path) }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(path)) } catch { outcome = .failure(error) }
        // A pool that takes no more must not leave the folder behind.
        do { try await threads.run { Files.removeFolder(path) } } catch { Files.removeFolder(path) }
        return try outcome.get()
    }

    /// A name for a file that nothing has yet.
    func newFile() async throws -> String {
        try await threads.run { try Files.makeFolder(root) }
        return "\(root)/\(SecureRandom.token(bytes: 12)).part"
    }

    /// Removes what has lain there for a day.
    package func prune(at now: Timestamp) async throws {
        try await threads.run {
            for name in Files.names(in: root) {
                let path = "\(root)/\(name)"
                guard let modified = Files.modified(path), modified < now - .days(1) else { continue }
                if unlink(path) != 0 { Files.removeFolder(path) }
            }
        }
    }
}
