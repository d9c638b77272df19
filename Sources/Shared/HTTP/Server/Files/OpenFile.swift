import Glibc
import Runtime

/// A regular file that is open for reading. All of it blocks: it belongs on a thread.
final class OpenFile: Sendable {
    private let descriptor: Int32
    let size: Int
    let validators: Validators

    /// Throws `SystemError`, also for what is no regular file.
    init(_ path: String) throws {
        // Without O_NONBLOCK a pipe of that name would be waited for.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw SystemError(EISDIR, "open \(path)")
        }
        size = Int(status.st_size)
        let modified = status.st_mtim
        let nanoseconds = UInt64(bitPattern: Int64(modified.tv_sec)) &* 1_000_000_000 &+ UInt64(modified.tv_nsec)
        validators = Validators(
            tag: EntityTag("\(String(nanoseconds, radix: 36))-\(String(size, radix: 36))"),
            modified: Timestamp(seconds: Int64(modified.tv_sec)))
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes; fewer only at the end of the file.
    func read(at offset: Int, upTo count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { target, total in
            while total < count {
                let room = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[total..<count])
                let got = pread(descriptor, room.baseAddress, room.count, off_t(offset + total))
                if got == 0 { return }
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw SystemError.last("read") }
                total += got
            }
        }
    }
}
