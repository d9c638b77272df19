import Foundation

/// What this process holds, for tests that look for leaks. Such a test runs in an exit test, as others run beside it here.
package enum FileDescriptors {
    /// How many are open; the one that reads the list is not counted.
    package static var count: Int { open.count - 1 }

    static var open: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }
    }
}

/// The memory of a process.
package enum Memory {
    /// Kilobytes that only this process uses: what an operator pays for one more of it.
    package static var privateKilobytes: Int { privateKilobytes(of: getpid()) }

    package static func privateKilobytes(of process: pid_t) -> Int {
        let lines = (try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)) ?? ""
        return lines.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix("Private_") else { return sum }
            return sum + (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
        }
    }
}
