import Glibc
import Runtime

/// A file that is being written. All of it blocks: it belongs on a thread.
final class NewFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Throws when there is something of that name.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 { throw SystemError.last("create \(path)") }
    }

    deinit { close(descriptor) }

    func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = write(descriptor, part.baseAddress, part.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw SystemError.last("write \(path)") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Whoever is told that the file is there must find it after a power cut.
    func finish() throws {
        guard fdatasync(descriptor) == 0 else { throw SystemError.last("sync \(path)") }
    }

    func remove() { unlink(path) }
}

extension RequestBody {
    /// So much is gathered before a thread is asked to write it.
    private static let portion = 256 << 10

    /// Writes all of it into a new file, and answers how many bytes that were. Nothing is left of a file when the body
    /// is larger than `limit`, when the client goes away, or when the disk is full. The client is held back meanwhile.
    public nonisolated(nonsending) func save(
        to path: String, upTo limit: Int, on threads: ThreadPool
    ) async throws -> Int {
        self.limit = limit
        let file = try await threads.run { try NewFile(path) }
        do {
            return try await copy(to: file, on: threads)
        } catch {
            // A pool that takes no more must not leave the file behind.
            do { try await threads.run { file.remove() } } catch { file.remove() }
            throw error
        }
    }

    private nonisolated(nonsending) func copy(to file: NewFile, on threads: ThreadPool) async throws -> Int {
        var gathered: [UInt8] = []
        var total = 0
        while let piece = try await next() {
            gathered += piece
            total += piece.count
            guard gathered.count >= Self.portion else { continue }
            let portion = gathered
            gathered = []
            try await threads.run { try file.append(portion) }
        }
        let last = gathered
        try await threads.run {
            try file.append(last)
            try file.finish()
        }
        return total
    }
}
