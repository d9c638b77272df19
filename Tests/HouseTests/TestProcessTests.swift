import TestSupport
import Testing

struct TestProcessTests {
    @Test func `a line is waited for, and a signal ends the process`() async throws {
        let process = try TestProcess(
            "bash", ["-c", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 1 & wait $!; done"])
        try await process.waitForLine(containing: "ready")
        process.send(15)
        #expect(try await process.waitForExit() == .code(7))
        #expect(process.lines == ["ready", "bye"])
    }

    @Test func `waiting for a line of a process that ends says how it ended`() async throws {
        let process = try TestProcess("bash", ["-c", "echo 'no disk' >&2; exit 3"])
        let error = await #expect(throws: EndedEarly.self) { try await process.waitForLine(containing: "ready") }
        #expect(error?.description == "bash ended with code(3): no disk\n")
    }

    @Test func `a killed process reports its signal`() async throws {
        let process = try TestProcess("sleep", ["60"])
        process.send(9)
        #expect(try await process.waitForExit() == .signal(9))
    }

    @Test func `a process inherits neither our descriptors nor our environment`() async throws {
        let hole = try BlackHole()
        let seen = try await TestProcess.run(
            "bash", ["-c", "ls /proc/self/fd | wc -l; echo \"$COLOUR,$SEED\""], environment: ["COLOUR": "green"])
        #expect(hole.port > 0)
        #expect(seen == "4\ngreen,\n")
    }

    @Test func `a condition that never holds names its place`() async throws {
        let error = await #expect(throws: NeverHappened.self) {
            try await eventually("rain", within: .milliseconds(20)) { false }
        }
        #expect(error?.description.contains("rain did not happen") == true)
        #expect(error?.description.contains("HouseTests/TestProcessTests.swift") == true)
    }
}
