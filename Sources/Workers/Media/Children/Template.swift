import CSandbox
import Glibc
import Model
import Runtime
import Synchronization

/// A process that makes a copy of itself for each picture, and our end of the talk with it. One thread at a time uses it.
struct Template: Sendable {
    let process: pid_t
    private let socket: Int32

    /// It is gone, or does not answer as it should.
    struct Gone: Error {}

    /// What it calls is looked up once, for all copies; and large pictures lie in large pages.
    private static let environment = ["LD_BIND_NOW=1", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"]

    init(executable: String) throws {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError.last("make a pair of sockets") }
        defer { close(ends[1]) }
        socket = ends[0]
        do {
            process = try ChildRun.start(executable, [ChildWork.template.rawValue], environment: Self.environment) {
                posix_spawn_file_actions_adddup2(&$0, ends[1], 0)
                posix_spawn_file_actions_addopen(&$0, 1, "/dev/null", O_WRONLY, 0)
            }
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// As `ChildRun.run`; after an error other than a stop it is of no more use.
    func run(
        _ arguments: [String], in folder: String, within limit: Duration, isStopped: () -> Bool
    ) throws -> (end: ChildRun.End, output: [UInt8]) {
        var ends: [Int32] = [0, 0]
        let failed = csandbox_pipe(&ends)
        guard failed == 0 else { throw SystemError(-failed, "make a pipe") }
        defer { close(ends[0]) }
        let request = ChildWork.bytes([folder] + arguments)
        let sent = csandbox_send(socket, request, request.count, ends[1])
        close(ends[1])
        guard sent == request.count else { throw Gone() }
        let said = ChildOutput(descriptor: ends[0], limit: limit).all(isStopped: isStopped) {
            _ = csandbox_send(socket, [0], 1, -1)
        }
        var (status, none): (Int32, Int32) = (0, -1)
        let size = MemoryLayout.size(ofValue: status)
        guard csandbox_receive(socket, &status, size, &none) == size else { throw Gone() }
        if said.isStopped { throw CancellationError() }
        return (said.isLate ? .tooLong : ChildRun.End(status), said.bytes)
    }

    /// It ends when nobody is left to talk to it.
    func end() {
        close(socket)
        ChildRun.wait(for: process)
    }
}

/// The templates of a worker that have nothing to do, kept for the next picture.
final class Templates: Sendable {
    private let executable: String
    private let idle = Mutex<[Template]>([])

    init(executable: String) { self.executable = executable }

    /// One that has died meanwhile is followed by another: it was not this picture that brought it down.
    func run(
        _ arguments: [String], in folder: String, within limit: Duration, isStopped: () -> Bool
    ) throws -> (end: ChildRun.End, output: [UInt8]) {
        while let template = idle.withLock({ $0.popLast() }) {
            do { return try use(template, arguments, folder, limit, isStopped) } catch is Template.Gone { continue }
        }
        return try use(try Template(executable: executable), arguments, folder, limit, isStopped)
    }

    private func use(
        _ template: Template, _ arguments: [String], _ folder: String, _ limit: Duration, _ isStopped: () -> Bool
    ) throws -> (end: ChildRun.End, output: [UInt8]) {
        do {
            let result = try template.run(arguments, in: folder, within: limit, isStopped: isStopped)
            idle.withLock { $0.append(template) }
            return result
        } catch let stop as CancellationError {
            idle.withLock { $0.append(template) }
            throw stop
        } catch {
            template.end()
            throw error
        }
    }

    /// Of those that have nothing to do.
    var processes: [pid_t] { idle.withLock { $0.map(\.process) } }

    func end() {
        let all = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for template in all { template.end() }
    }
}
