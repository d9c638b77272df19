import Glibc
import Runtime

/// The body of a request, read piece by piece.
final class UploadSource {
    private enum Content {
        case bytes([UInt8])
        case file(Int32)
    }

    private let content: Content
    let count: Int
    /// There is no body at all, which is not the same as one of no bytes.
    let isEmpty: Bool
    private var position = 0

    init(_ body: HTTPRequest.Body) throws(HTTPClientError) {
        switch body {
        case .none, .bytes:
            let bytes = if case .bytes(let bytes) = body { bytes } else { [UInt8]() }
            content = .bytes(bytes)
            count = bytes.count
        case .file(let path):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .file(.last("opening \(path)")) }
            content = .file(descriptor)
            var status = stat()
            count = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        }
        isEmpty = body == .none
    }

    deinit {
        if case .file(let descriptor) = content { close(descriptor) }
    }

    /// 0 at the end. A file that has become shorter meanwhile is an error: its length was already announced.
    func read(into target: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        let wanted = min(target.count, count - position)
        guard wanted > 0, let start = target.baseAddress else { return 0 }
        switch content {
        case .bytes(let bytes):
            bytes.withUnsafeBytes {
                start.copyMemory(from: $0.baseAddress.unsafelyUnwrapped + position, byteCount: wanted)
            }
            position += wanted
            return wanted
        case .file(let descriptor):
            let got = pread(descriptor, start, wanted, position)
            guard got > 0 else { throw got == 0 ? SystemError(EIO, "file became shorter") : .last("reading a body") }
            position += got
            return got
        }
    }

    func rewind(to offset: Int) -> Bool {
        guard (0...count).contains(offset) else { return false }
        position = offset
        return true
    }
}
