import Glibc
import Runtime

extension Session {
    /// Asks before something is destroyed. Without a terminal there is nobody to ask: `--yes` has to be given.
    func confirm(_ question: String, _ invocation: Invocation) async throws {
        if invocation.flag("yes") { return }
        guard isatty(0) == 1, console.errorsAreTerminal else {
            throw CommandFailure(
                "\(question) There is no terminal to ask on, so nothing was done.",
                hint: "Add --yes to do it without being asked.", code: .usage)
        }
        Console.write("\(question) [y/N] ", to: 2)
        let answer = try readLine()
        guard ["y", "yes"].contains(answer.lowercased()) else {
            throw CommandFailure("Nothing was done.", code: .finding)
        }
    }

    /// One line of standard input. Looks up now and then, so that Ctrl-C ends the wait.
    private func readLine() throws -> String {
        var line: [UInt8] = []
        while true {
            try Task.checkCancellation()
            var query = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard poll(&query, 1, 100) > 0 else { continue }
            var byte: UInt8 = 0
            guard read(0, &byte, 1) == 1, byte != UInt8(ascii: "\n") else {
                return String(decoding: line, as: UTF8.self)
            }
            if byte > 0x20 { line.append(byte) }
        }
    }
}
