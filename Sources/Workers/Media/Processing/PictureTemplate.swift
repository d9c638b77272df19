import CSandbox
import CVips
import Glibc
import Model
import Runtime

/// A process that has loaded and looked up all that pictures need, and makes a copy of itself for each file. To begin anew for
/// each would cost as much as a small picture. It opens no file itself: only the copy does, which shuts itself in before.
enum PictureTemplate {
    private static let largestRequest = 16 << 10

    /// Through its standard input it is told of one file after another, with a descriptor for what is said of it, and answers how
    /// the copy ended. Until whoever started it is gone.
    static func serve() throws {
        try MediaChild.start(withModules: false)
        cvips_warm()
        // A copy has only the thread that makes it, and would wait for what others held.
        guard Files.names(in: "/proc/self/task").count == 1 else { throw HasThreads() }
        var request = [UInt8](repeating: 0, count: largestRequest)
        while true {
            var output: Int32 = -1
            let count = csandbox_receive(0, &request, request.count, &output)
            guard count > 0 else { return }
            // Without one it is the word to stop, which came too late.
            guard output >= 0 else { continue }
            var status = try copy(for: request[..<count], output)
            guard csandbox_send(0, &status, MemoryLayout.size(ofValue: status), -1) > 0 else { return }
        }
    }

    private static func copy(for request: ArraySlice<UInt8>, _ output: Int32) throws -> Int32 {
        let child = csandbox_fork()
        if child == 0 { work(on: ChildWork.strings(request), output) }
        close(output)
        guard child > 0 else { throw SystemError(-child, "make a copy of itself") }
        return csandbox_wait_child(child, 0)
    }

    /// In the copy: the first of the arguments is the folder, and the others are those of a child that begins anew.
    private static func work(on arguments: [String], _ output: Int32) -> Never {
        let folder = arguments.first ?? ""
        dup2(output, 1)
        dup2(open("/dev/null", O_RDONLY), 0)
        dup2(open("\(folder)/errors", O_WRONLY | O_CREAT | O_APPEND, 0o600), 2)
        setenv("HOME", folder, 1)
        setenv("TMPDIR", folder, 1)
        MediaChild.end { try MediaChild.makePictures(Array(arguments.dropFirst()), isReady: true) }
    }

    private struct HasThreads: Error {}
}
