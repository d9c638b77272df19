import Glibc

/// Small files read whole: settings, mounted secrets, /proc.
public enum TextFile {
    /// Blocks, so it is for the start of a process and for /proc. A longer file than `limit` is an error.
    public static func read(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> String {
        try contents(of: path, limit: limit).toString()
    }

    /// The same for a file that is no text.
    public static func contents(of path: String, limit: Int = 1 << 20) throws(SystemError) -> ByteBuffer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open \(path)") }
        defer { close(descriptor) }
        var bytes = ByteBuffer()
        while true {
            var failure: SystemError?
            let before = bytes.count
            bytes.append(room: 4096) { room in
                var got = 0
                repeat { got = Glibc.read(descriptor, room.baseAddress, room.count) } while got < 0 && errno == EINTR
                if got < 0 { failure = .last("read \(path)") }
                return max(got, 0)
            }
            if let failure { throw failure }
            if bytes.count == before { return bytes }
            if bytes.count > limit { throw SystemError(EFBIG, "read \(path)") }
        }
    }
}
