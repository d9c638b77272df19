import Glibc
import Runtime

/// Runs other programs, to compare with them.
package enum Program {
    package struct Failed: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// Runs a command line to its end; what it printed.
    package static func output(_ command: String) throws -> String {
        guard let pipe = popen(command, "r") else { throw Failed(description: "cannot run \(command)") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&chunk, 1, chunk.count, pipe)
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard pclose(pipe) == 0 else { throw Failed(description: "\(command) failed: \(text.suffix(300))") }
        return text
    }

    /// A line for whoever waits; the figures go to standard output.
    package static func note(_ text: String) {
        let line = text + "\n"
        _ = write(2, line, line.utf8.count)
    }

    /// The first number behind `marker` in a text.
    package static func number(after marker: String, in text: String) throws -> Double {
        for line in text.split(separator: "\n") {
            guard let range = line.firstRange(of: marker) else { continue }
            let rest = line[range.upperBound...].drop { !$0.isNumber }
            if let value = Double(rest.prefix { $0.isNumber || $0 == "." }) { return value }
        }
        throw Failed(description: "no number after “\(marker)” in: \(text.prefix(500))")
    }
}

/// The memory of a process that no other shares: what one more of it costs.
package enum ProcessMemory {
    package static func privateMegabytes(of process: pid_t) throws -> Double {
        let text = try Program.output("cat /proc/\(process)/smaps_rollup")
        let clean = try Program.number(after: "Private_Clean:", in: text)
        return (clean + (try Program.number(after: "Private_Dirty:", in: text))) / 1024
    }
}
