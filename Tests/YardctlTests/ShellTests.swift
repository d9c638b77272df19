import Queue
import Runtime
import TestSupport
import Testing

@testable import yardctl

/// What shells see: help, completion, the names of commands.
@Suite(.ownStores) struct ShellTests {
    @Test func `each command explains itself, and names the exit codes where all are listed`() async throws {
        let all = try await Yardctl.run("--help")
        #expect(all.code == .code(0) && all.output.contains("69 ") && all.output.contains("Redis or PostgreSQL"))
        for command in CommandTable.all where !command.isHidden {
            #expect(all.output.contains(command.path))
            let help = Help(console: Console(isTerminal: false, errorsAreTerminal: false, hasColour: false))
            #expect(help.text(about: [command], group: nil).contains(command.usage))
        }
        #expect(try await Yardctl.run("help", "jobs", "list").output.contains("yardctl jobs list QUEUE [options]"))
        #expect(try await Yardctl.run("jobs", "--help").output.contains("jobs reschedule"))
        #expect(try await Yardctl.run().output == all.output)
        #expect(try await Yardctl.run("help", "jbos").code == .code(2))
    }

    @Test func `the version is a word`() async throws {
        #expect(try await Yardctl.run("version").output == "yardctl \(VersionCommand.version)\n")
        #expect(try await Yardctl.run("--version").output == "yardctl \(VersionCommand.version)\n")
    }

    @Test(arguments: [
        ("yardctl", "do", ["doctor"]), ("yardctl jobs", "re", ["reschedule", "retry"]),
        ("yardctl jobs list", "--st", ["--state"]), ("yardctl jobs list q --state", "sc", ["scheduled"]),
        ("yardctl pause", "cho", ["chores"]), ("yardctl completion", "", ["bash", "fish", "zsh"]),
        ("yardctl jobs list q --limit", "", []),
    ])
    func `bash completes what fits`(before: String, begun: String, wanted: [String]) async throws {
        try await Shed().queue.enqueue(Chore(number: 1))
        let folder = TestProcess.pathOfOurs("yardctl").dropLast("/yardctl".count)
        let script = """
            export PATH=\(folder):$PATH
            source <(yardctl completion bash)
            COMP_WORDS=(\(before) '\(begun)'); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _yardctl
            printf '%s\\n' "${COMPREPLY[@]}" | sort
            """
        let stores = try TestStores.current
        let output = try await TestProcess.run(
            "bash", ["-euc", script],
            environment: ["REDIS_URL": stores.redisURL, "REDIS_PREFIX": stores.redisPrefix])
        #expect(output.split(separator: "\n").map(String.init) == wanted)
    }

    @Test func `the other shells get theirs`() async throws {
        #expect(try await Yardctl.run("completion", "zsh").output.hasPrefix("#compdef yardctl"))
        let fish = try await Yardctl.run("completion", "fish")
        #expect(
            fish.code == .code(0) && fish.lines.allSatisfy { $0.hasPrefix("complete -c yardctl") || $0.hasPrefix("#") })
        #expect(try await Yardctl.run("completion", "tcsh").code == .code(2))
    }

    @Test func `a reader that has seen enough ends it quietly`() async throws {
        let folder = TestProcess.pathOfOurs("yardctl")
        let output = try await TestProcess.run("bash", ["-c", "\(folder) help | head -1 2>&1"])
        #expect(output == "Usage\n")
    }
}
