import Glibc
import Runtime

/// What a process has used of the processors, with those that it has started. Asks `/proc` alone, so that it can be asked
/// while something is measured.
package enum ProcessCPU {
    package static func used(by process: pid_t) throws -> Duration {
        // Of children that have ended, their parent's sums tell.
        let own = try ticks(of: process)
        let ticks = own[0] + own[1] + own[2] + own[3]
        let living = children(of: process).reduce(Int64(0)) { sum, child in
            // One that has just ended is counted with its parent the next time.
            let ticks = (try? self.ticks(of: child)) ?? [0, 0]
            return sum + ticks[0] + ticks[1]
        }
        return .nanoseconds((ticks + living) * 1_000_000_000 / Int64(sysconf(Int32(_SC_CLK_TCK))))
    }

    static func children(of process: pid_t) -> [pid_t] {
        threads(of: process).flatMap { thread in
            let text = (try? TextFile.read("/proc/\(process)/task/\(thread)/children")) ?? ""
            return text.split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private static func threads(of process: pid_t) -> [String] {
        guard let folder = opendir("/proc/\(process)/task") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.first?.isNumber == true { names.append(name) }
        }
        return names
    }

    /// User and system time, and both of ended children: the fields 14 to 17, counted behind the name, which may hold
    /// anything.
    private static func ticks(of process: pid_t) throws -> [Int64] {
        let text = try TextFile.read("/proc/\(process)/stat")
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        let times = fields.dropFirst(12).prefix(4).compactMap { Int64($0) }
        guard times.count == 4 else { throw Program.Failed(description: "no CPU time of \(process) in: \(text)") }
        return times
    }
}
