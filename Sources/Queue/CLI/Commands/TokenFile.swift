import Glibc
import Model
import Runtime

/// The access tokens of a load test: nobody else may read them.
struct TokenFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// Empties a file that is there.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))", code: .unwritable)
        }
    }

    deinit { close(descriptor) }

    /// Token, user and conversation of each person.
    func write(_ residents: [Population.Resident]) throws(CommandFailure) {
        var bytes = ByteBuffer()
        for resident in residents {
            bytes.append("\(resident.accessToken)\t\(resident.user)\t\(resident.conversation)\n")
        }
        while !bytes.isEmpty {
            let count = Glibc.write(descriptor, bytes.readable.baseAddress, bytes.count)
            guard count >= 0 || errno == EINTR else {
                throw CommandFailure(
                    "\(path) cannot be written: \(String(cString: strerror(errno)))", code: .unwritable)
            }
            bytes.consume(max(count, 0))
        }
    }
}
