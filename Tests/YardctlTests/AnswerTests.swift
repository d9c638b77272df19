import Glibc
import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

/// What becomes of what yardctl says, and of what it leaves behind.
@Suite(.ownStores) struct AnswerTests {
    private func shell(_ script: String) async throws -> Yardctl.Result {
        let folder = TestProcess.pathOfOurs("yardctl").dropLast("/yardctl".count)
        let stores = try TestStores.current
        let process = try TestProcess(
            "bash", ["-c", "export PATH=\(folder):$PATH; \(script)"],
            environment: ["REDIS_URL": stores.redisURL, "REDIS_PREFIX": stores.redisPrefix])
        let code = try await process.waitForExit()
        return Yardctl.Result(code: code, output: process.output, errors: process.errors)
    }

    @Test(arguments: ["> /dev/full", ">&-"])
    func `an answer that cannot be written is no success`(target: String) async throws {
        try await Shed().queue.enqueue(Chore(number: 1))
        let result = try await shell("yardctl queues \(target)")
        #expect(result.code == .code(74))
        #expect(result.errors.contains("the answer could not be written: "))
    }

    @Test func `notes that nobody wants to hear are no failure`() async throws {
        try await Shed().queue.enqueue(Chore(number: 1))
        #expect(try await shell("yardctl jobs list chores --limit 1 2>&-").code == .code(0))
        #expect(try await shell("yardctl enqueue a -q nowhere 2>&-").code == .code(0))
    }

    @Test func `what libpq says is one line`() async throws {
        let away = ["DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"]
        let result = try await Yardctl.run("dead", "list", environment: away)
        #expect(result.code == .code(69) && !result.errors.contains("\t"))
        let doctor = try await Yardctl.run("doctor", environment: away)
        #expect(!doctor.output.contains("⏎") && !doctor.output.contains("\t") && !doctor.output.contains("  Is the"))
    }

    @Test func `a burst without a rate is refused`() async throws {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueue(Chore(number: 1))
        let refused = try await Yardctl.run("limits", "chores", "--burst", "5")
        #expect(refused.code == .code(2) && refused.errors.contains("give --rate too"))
        #expect(try await Yardctl.run("limits", "chores", "--rate", "0", "--burst", "5").code == .code(2))
        #expect(try await Yardctl.run("limits", "chores", "--rate", "2", "--burst", "5").code == .code(0))
        #expect(try await Yardctl.run("limits", "chores", "--burst", "6").code == .code(0))
        #expect(try await Yardctl.run("limits", "chores", "--key-burst", "6").errors.contains("give --key-rate too"))
    }

    @Test func `pauses and limits are kept in PostgreSQL as well`() async throws {
        let shed = try await Shed.migrated()
        try await shed.queue.enqueue(Chore(number: 1))
        try await Yardctl.run("pause", "chores")
        try await Yardctl.run("limits", "chores", "--concurrency", "4")
        let stored = try await shed.database().all(
            "select setting, value from queue_settings order by setting", as: (String, String).self)
        #expect(stored.map { "\($0)=\($1)" } == ["concurrency=4", "paused=1"])
        #expect(try await Yardctl.run("resume", "chores").errors == "")
        #expect(try await shed.database().one("select count(*) from queue_settings", as: Int.self) == 1)
        let alone = try await Yardctl.run("pause", "chores", environment: ["DATABASE_URL": ""])
        #expect(alone.code == .code(0) && alone.errors.contains("Redis alone keeps this"))
    }

    @Test func `a benchmark that is interrupted leaves nothing, nor does the next leave what another left`()
        async throws
    {
        let shed = try Shed()
        func keys() async throws -> [String] {
            try await shed.redis.call("KEYS", shed.prefix.replacing("{", with: "\\{") + "*").expectArray()
                .compactMap(\.string)
        }
        try await shed.redis.call("SET", shed.prefix + "bench-1:{bench}:ready:1", "left behind")
        try await shed.redis.call("SET", shed.prefix + "bench-2:{bench}:ready:1", "in use")
        try await shed.redis.call("SET", shed.prefix + "bench-2:alive", "1")
        let bench = try Yardctl.start(["bench", "--jobs", "10000000"])
        try await eventually("jobs of the benchmark") {
            try await keys().contains {
                $0.hasSuffix(":{bench}:ready:1") && !$0.contains("bench-1:") && !$0.contains("bench-2:")
            }
        }
        bench.send(SIGINT)
        #expect(try await bench.waitForExit() == .code(130))
        let left = try await keys().map { String($0.dropFirst(shed.prefix.count)) }.sorted()
        #expect(left == ["bench-2:alive", "bench-2:{bench}:ready:1"])
    }
}
