import Crypto
import Glibc
import Runtime
import Synchronization

/// A file of this machine that is being received: written, counted and hashed piece by piece. All of it blocks: it belongs on a
/// thread. Unless somebody takes it away, it goes with this value.
package final class IncomingFile: Sendable {
    private struct State: ~Copyable {
        var hash: Hash.Incremental?
        var count = 0
        var head: [UInt8] = []
    }

    package let path: String
    private let descriptor: Int32
    private let state = Mutex(State(hash: Hash.sha256.incremental))

    package init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 { throw SystemError.last("create \(path)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    package func append(_ bytes: [UInt8]) throws {
        try write(bytes)
        state.withLock { state in
            state.count += bytes.count
            state.hash?.update(bytes)
            let room = FileType.headBytes - state.head.count
            if room > 0 { state.head += bytes.prefix(room) }
        }
    }

    /// What came. Nothing can be appended any more.
    package func finish() -> ReceivedFile {
        state.withLock { state in
            let digest = state.hash.take()?.finish() ?? []
            return ReceivedFile(file: self, digest: digest, bytes: state.count, type: FileType(head: state.head))
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.write(descriptor, part.baseAddress, part.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw SystemError.last("write \(path)") }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// All of a file that somebody has sent.
package struct ReceivedFile: Sendable {
    let file: IncomingFile
    package let digest: [UInt8]
    package let bytes: Int
    package let type: FileType
}
