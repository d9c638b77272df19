import Glibc
import JSON
import Queue
import Redis
import Runtime
import TestSupport
import Testing

/// Worker processes as they are deployed, and what operators order them.
@Suite(.ownStores) struct WorkerProcessTests {
    private static let workers = [
        "worker-fanout", "worker-push", "worker-email", "worker-media", "worker-payments", "worker-maintenance",
    ]

    @Test(arguments: workers) func `a worker can be quieted and drained from outside`(name: String) async throws {
        let process = try await worker(name)
        let shown = try await eventuallySome("the worker in the list") {
            try await listed().first { $0["state"]?.string == "running" }
        }
        #expect(shown["pid"]?.integer == Int(process.identifier))
        let called = try #require(shown["name"]?.string)
        #expect(try await Yardctl.run("quiet", called).code == .code(0))
        try await eventually { try await listed().first?["state"]?.string == "quiet" }
        #expect(process.poll() == nil)
        #expect(try await Yardctl.run("drain", called).code == .code(0))
        #expect(try await process.waitForExit() == .code(0))
        #expect(try await listed().isEmpty)
    }

    @Test func `a quiet worker ends what it has and takes nothing more`() async throws {
        let shed = try await Shed.migrated()
        let process = try await worker("worker-probe", ["WORKER_CONCURRENCY": "4"])
        for _ in 0..<4 { try await shed.enqueueNap(milliseconds: 3000) }
        try await eventually { try await shed.napBalance().leased == 4 }
        try await Yardctl.run("quiet", "--all")
        try await eventually { try await listed().first?["state"]?.string == "quiet" }
        try await shed.enqueueNap(milliseconds: 1)
        try await eventually { try await shed.napBalance().done == 4 }
        #expect(try await shed.napBalance().ready == 1)
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
    }

    @Test(arguments: ["yardctl drain", "SIGTERM"])
    func `a drain ends what is short, hands back what is long, and costs no attempt`(by means: String) async throws {
        let shed = try await Shed.migrated()
        let process = try await worker("worker-probe", ["GRACE_PERIOD": "6s", "LEASE_SECONDS": "3"])
        for milliseconds in [1500, 1500, 1500, 600_000, 600_000] {
            try await shed.enqueueNap(milliseconds: milliseconds)
        }
        try await eventually {
            let balance = try await shed.napBalance()
            return balance.leased + balance.done == 5
        }
        if means == "SIGTERM" { process.send(SIGTERM) } else { try await Yardctl.run("drain", "--queue", "naps") }
        #expect(try await process.waitForExit() == .code(0))
        let balance = try await shed.napBalance()
        #expect(balance.done == 3 && balance.ready == 2 && balance.leased == 0 && balance.workers == 0)
        #expect(balance.difference == 0)
        let left = try await shed.redis.call("LRANGE", shed.keys(Naps.queue).ready(.normal), 0, -1).expectArray()
        let envelopes = left.compactMap { $0.bytes.flatMap(EnvelopeView.init) }
        #expect(envelopes.map(\.attempts) == [0, 0] && envelopes.map(\.crashes) == [0, 0])
    }

    @Test func `a worker whose handlers do not come back gives up its place`() async throws {
        let shed = try await Shed.migrated()
        let process = try await worker("worker-probe", ["GRACE_PERIOD": "5s"])
        for _ in 0..<3 { try await shed.enqueueNap(kind: "probe.stuck", milliseconds: 0) }
        #expect(try await process.waitForExit() == .code(70))
        #expect(process.output.contains("handler abandoned") && process.output.contains("a fresh process"))
        let balance = try await shed.napBalance()
        #expect(balance.due == 3 && balance.leased == 0 && balance.difference == 0)
    }

    @Test func `a worker of several queues serves those that it is told to`() async throws {
        _ = try await Shed.migrated()
        let process = try await worker("worker-probe", ["WORKER_QUEUES": "email:3, push"])
        let shown = try await eventuallySome("the worker in the list") { try await listed().first }
        #expect(shown["queues"] == [])
        process.send(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
        let wrong = try TestProcess(ours: "worker-probe", environment: ["WORKER_QUEUES": "email:0,no such"])
        #expect(try await wrong.waitForExit() == .code(78))
        #expect(wrong.errors.contains("WORKER_QUEUES"))
    }

    // MARK: Steps

    private func worker(_ name: String, _ environment: [String: String] = [:]) async throws -> TestProcess {
        let own = ["REDIS_PREFIX": try TestStores.current.redisPrefix, "LEASE_SECONDS": "1"]
        let process = try TestProcess(ours: name, environment: own.merging(environment) { $1 })
        try await process.waitForLine(containing: #""ready""#)
        return process
    }

    private func listed() async throws -> [JSONValue] {
        guard case .array(let workers)? = try await Yardctl.run("workers", "--json").json["workers"] else { return [] }
        return workers
    }
}

/// What the probe does, as a test enqueues it.
private enum Naps {
    static let queue = QueueName("naps")
}

extension Shed {
    fileprivate func enqueueNap(kind: String = "probe.nap", milliseconds: Int) async throws {
        let payload = [UInt8](#"{"milliseconds":\#(milliseconds)}"#.utf8)
        let job = try queue.encoder.prepare(
            kind: kind, schemaVersion: 1, queue: Naps.queue, priority: .normal, payload: payload, JobOptions())
        _ = try await queue.enqueue(job)
    }

    fileprivate func napBalance() async throws -> Balance { try await Balance.read(keys(Naps.queue), from: redis) }
}
