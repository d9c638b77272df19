import Glibc
import JSON
import Queue
import Redis
import Runtime
import TestSupport
import Testing

/// Workers that say nothing any more, or take nothing.
@Suite(.ownStores) struct SilenceTests {
    /// One that was killed a while ago, as it is still seen.
    private func addSilent(_ shed: Shed) async throws {
        let profile = """
            {"name":"box-7-dead","host":"box","pid":7,"started":"2026-01-01T00:00:00Z","queues":["chores"],
            "concurrency":4,"running":0,"shownForMs":86400000,"beatMs":4000,"state":"running"}
            """
        try await shed.redis.call("SET", shed.prefix + "worker:box-7-dead", profile, "PX", 86_340_000)
        try await shed.redis.call("ZADD", shed.keys().workers, 9e15, "box-7-dead.0.1")
    }

    @Test func `a worker whose heartbeats have stopped is silent, and not just told`() async throws {
        let shed = try await Shed.migrated()
        try await addSilent(shed)
        let row = try #require(try await Yardctl.run("workers").lines.last)
        #expect(row.contains("silent 1m"), "\(row)")
        let listed = try await Yardctl.run("workers", "--json").json["workers"]?[0]
        #expect(listed?["silent"]?.bool == true && listed?["silenceMs"]?.integer ?? 0 >= 60_000)
        let told = try await Yardctl.run("drain", "box-7")
        #expect(told.code == .code(1) && told.output.contains("silent for 1m") && !told.output.contains("told"))
        #expect(try await Yardctl.run("quiet", "box-7", "--json").json["silent"]?[0]?.string == "box-7-dead")
    }

    @Test func `a worker that lives is told, with the age of its last heartbeat`() async throws {
        let shed = try await Shed.migrated()
        let worker = try await shed.worker { _, _ in }
        try await eventually { try await Yardctl.run("workers", "--json").json["workers"]?[0] != nil }
        let told = try await Yardctl.run("quiet", worker.name)
        #expect(told.output.hasPrefix("\(worker.name): told; its last heartbeat was "), "\(told.output)")
        await worker.stop()
    }

    @Test func `a queue whose workers take nothing is not healthy`() async throws {
        let shed = try await Shed.migrated()
        try await addSilent(shed)
        let idle = try await Yardctl.run("doctor", "--strict")
        #expect(idle.code == .code(1) && idle.output.contains("all its workers are quiet or silent"))
        try await shed.queue.enqueue(Chore(number: 1))
        let stuck = try await Yardctl.run("doctor")
        #expect(stuck.code == .code(1) && stuck.output.contains("quiet or silent, and 1 job is ready"))
    }

    @Test func `workers are counted, not their loops`() async throws {
        let shed = try await Shed.migrated()
        let worker = Worker(
            handlers: Handlers([AnyHandler(ChoreHandler { _, _ in })]), queue: shed.queue, redis: shed.options,
            loops: LoopGroup(count: 3), logger: .silent)
        try await worker.start()
        try await eventually { try await shed.redis.call("ZCARD", shed.keys().workers).int == 3 }
        #expect(try await Yardctl.run("queues", "--json").json["queues"]?[0]?["workers"]?.integer == 1)
        await worker.stop()
    }
}
