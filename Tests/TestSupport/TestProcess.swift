import Foundation
import Synchronization
import Testing

/// A process that a test started. Its output goes to files; it is killed, at the latest, when this value goes.
package final class TestProcess: Sendable {
    /// How a process ended.
    package enum Exit: Equatable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    package let name: String
    package let identifier: pid_t
    private let folder: ScratchFolder
    private let exit = Mutex<Exit?>(nil)

    /// Starts one of our own executables from the build folder, with the stores of the current test.
    package convenience init(
        ours name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws {
        let stores = try TestStores.current
        // Several run at once: each listens where the kernel says.
        let inherited = ["DATABASE_URL": stores.databaseURL, "REDIS_URL": stores.redisURL, "PORT": "0"]
        try self.init(
            Self.pathOfOurs(name), arguments, environment: inherited.merging(environment) { $1 })
    }

    /// Starts a program; a name without a slash is looked up in the PATH.
    package init(_ executable: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        name = String(executable.split(separator: "/").last ?? "")
        folder = try ScratchFolder(name)
        var variables = ["SWITCHYARD_TEST_DIR": try Environment.required("SWITCHYARD_TEST_DIR")]
        for kept in ["PATH", "HOME", "LANG"] { variables[kept] = Environment[kept] }
        variables.merge(environment) { $1 }
        identifier = try Spawn(
            arguments: [executable] + arguments, environment: variables,
            output: folder.file("output"), errors: folder.file("errors")
        ).start()
    }

    deinit {
        // Its group too: a process that is killed cannot end what it started.
        guard poll() == nil else { return }
        kill(-identifier, SIGKILL)
        waitpid(identifier, nil, 0)
    }

    /// SIGKILL to the process and its children, also those in groups of their own.
    package func killFamily() {
        guard poll() == nil else { return }
        // Stopped first, so that it makes no more of them while we look.
        kill(identifier, SIGSTOP)
        let children = try? String(contentsOfFile: "/proc/\(identifier)/task/\(identifier)/children", encoding: .utf8)
        kill(identifier, SIGKILL)
        for child in (children ?? "").split(separator: " ").compactMap({ pid_t($0) }) { kill(child, SIGKILL) }
    }

    package var output: String { contents("output") }
    package var errors: String { contents("errors") }
    package var lines: [String] { output.split(separator: "\n").map(String.init) }

    package func send(_ signal: Int32) {
        guard poll() == nil else { return }
        kill(identifier, signal)
    }

    /// Waits for the end of the process.
    @discardableResult
    package func waitForExit(
        within limit: Duration = .seconds(90), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Exit {
        try await eventuallySome("the end of \(name)", within: limit, sourceLocation: sourceLocation) { poll() }
    }

    /// Waits for a line of standard output that holds the text, and returns it. The end of the process ends the wait.
    @discardableResult
    package func waitForLine(
        containing text: String, within limit: Duration = .seconds(90),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await eventuallySome("the line “\(text)” of \(name)", within: limit, sourceLocation: sourceLocation) {
            let ended = poll()
            if let line = lines.first(where: { $0.contains(text) }) { return line }
            if let ended { throw EndedEarly(name: name, exit: ended, errors: errors) }
            return nil
        }
    }

    /// How it ended; nil while it runs.
    package func poll() -> Exit? {
        exit.withLock { exit in
            var status: Int32 = 0
            if exit == nil, waitpid(identifier, &status, WNOHANG) == identifier {
                exit = status & 0x7f == 0 ? .code((status >> 8) & 0xff) : .signal(status & 0x7f)
            }
            return exit
        }
    }

    private func contents(_ file: String) -> String {
        FileManager.default.contents(atPath: folder.file(file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Where one of our own executables is.
    package static func pathOfOurs(_ name: String) -> String { "\(buildFolder)/\(name)" }

    /// The test runner lies beside the executables of the package.
    private static var buildFolder: String {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return runner.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }
}

/// A process ended while a test waited for something else of it.
package struct EndedEarly: Error, CustomStringConvertible {
    let name: String
    let exit: TestProcess.Exit
    let errors: String

    package var description: String { "\(name) ended with \(exit): \(errors)" }
}

extension TestProcess {
    /// Runs a program to its end and returns what it printed; throws what it complained of unless it ended with 0.
    @discardableResult
    package static func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> String {
        let process = try TestProcess(executable, arguments, environment: environment)
        let exit = try await process.waitForExit()
        guard exit == .code(0) else { throw EndedEarly(name: process.name, exit: exit, errors: process.errors) }
        return process.output
    }
}
