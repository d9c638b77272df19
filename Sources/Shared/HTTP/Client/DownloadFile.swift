import Crypto
import Glibc
import Runtime

/// A file that appears under its name only when it is complete; until then it has another name beside it.
/// Written in libcurl's pieces of at most 16 KiB, which the kernel takes into memory.
final class DownloadFile {
    private let path: String
    private let partial: String
    private let descriptor: Int32
    private var isKept = false

    init(path: String) throws(HTTPClientError) {
        self.path = path
        partial = "\(path).\(SecureRandom.token(bytes: 9)).part"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(.last("creating \(partial)")) }
    }

    deinit {
        close(descriptor)
        if !isKept { unlink(partial) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = Glibc.write(descriptor, part.baseAddress, part.count)
            if written < 0 && errno == EINTR { continue }
            guard written >= 0 else { throw .last("writing \(partial)") }
            rest = rest.dropFirst(written)
        }
    }

    func keep() throws(HTTPClientError) {
        guard rename(partial, path) == 0 else { throw .file(.last("renaming to \(path)")) }
        isKept = true
    }
}
