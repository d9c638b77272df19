import Foundation
import Testing

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

    /// How much one more round of the work leaves behind: the least that any of several rounds did. What leaks does so in
    /// each, while buffers and allocators grow to their largest size once, the later the busier the machine is.
    package static func growth(below limit: Int, _ round: () async throws -> Void) async rethrows -> Int {
        var least = Int.max
        for _ in 0..<8 where least >= limit {
            let before = privateKilobytes
            try await round()
            least = min(least, privateKilobytes - before)
        }
        return least
    }

    package static func privateKilobytes(of process: pid_t) -> Int {
        let lines = (try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8)) ?? ""
        return lines.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix("Private_") else { return sum }
            return sum + (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// For a test whose subject is how much memory is used. Instrumented code has memory of its own.
    package static var measuresMemory: Self {
        .disabled(if: Environment["SWITCHYARD_SANITIZE"] != nil, "the sanitizers' own memory would be measured")
    }
}
