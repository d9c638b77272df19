import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Three masters on loopback. Every script touches one queue only, and so one node.
@Suite struct ClusterTests {
    private func cluster() async throws -> [RedisServer] {
        var servers: [RedisServer] = []
        for _ in 0..<3 { servers.append(try await node()) }
        let nodes = servers.map { "127.0.0.1:\($0.port)" }
        try await TestProcess.run("redis-cli", ["--cluster", "create"] + nodes + ["--cluster-yes"])
        for server in servers {
            try await eventually("a cluster", within: .seconds(30)) {
                try await server.command("cluster", "info").contains("cluster_state:ok")
            }
        }
        return servers
    }

    /// A node also listens 10,000 above its port, where an outgoing connection of somebody may have its own: then another.
    private func node() async throws -> RedisServer {
        for _ in 0..<20 {
            if let server = try? await RedisServer(["--cluster-enabled", "yes"]) { return server }
        }
        return try await RedisServer(["--cluster-enabled", "yes"])
    }

    private func yard(_ servers: [RedisServer], for queue: QueueName, prefix: String) async throws -> Yard {
        let base = QueueKeys(prefix: prefix, queue: queue).base
        for server in servers {
            let yard = try Yard(url: server.url, prefix: prefix)
            do {
                _ = try await yard.redis.call("EXISTS", base)
                return yard
            } catch let error as RedisError where error.code == "MOVED" {}
        }
        throw NoNode()
    }

    private struct NoNode: Error {}

    @Test func `every script runs on a cluster`() async throws {
        let servers = try await cluster()
        for queue in [Plain.queue, Ordered.queue] {
            let yard = try await yard(servers, for: queue, prefix: "c:")
            try await everyScript(yard, queue)
            let balance = try await yard.balance(queue)
            #expect(balance.difference == 0, "\(queue): \(balance)")
        }
    }

    private func everyScript(_ yard: Yard, _ queue: QueueName) async throws {
        let key = queue.style == .plain ? nil : "k"
        func enqueue(_ number: Int, _ options: JobOptions) async throws -> JobID {
            var options = options
            options.key = key
            if key == nil { return try await yard.queue.enqueue(Plain(number: number), options).id }
            return try await yard.queue.enqueue(Ordered(number: number), options).id
        }
        _ = try await enqueue(1, JobOptions())
        _ = try await enqueue(2, JobOptions(unique: .untilDone("u"), isTracked: true))
        let due = try await enqueue(3, JobOptions(runAt: .now + .hours(1), unique: .debounce("d")))
        #expect(try await yard.reschedule(due, in: queue, to: .now + .minutes(1)) == 1)
        #expect(try await yard.cancel(due, in: queue) == 1)
        try await yard.promote(queue)
        try await yard.control(queue, ["concurrency": "10", "rate": "1000", "burst": "100", "keyconcurrency": "5"])
        let first = try await ScriptedWorker(yard, queue, "a")
        let taken = try await first.fetch(channel: "wake")
        try await first.settle(taken, "retrying")
        try await eventually { try await yard.promote(queue) >= 0 }
        let second = try await ScriptedWorker(yard, queue, "b", over: ["a"])
        let again = try await eventuallySome {
            let taken = try await second.fetch(channel: "wake")
            return taken.jobs.isEmpty ? nil : taken
        }
        #expect(!again.jobs.isEmpty)
        try await second.die()
        let third = try await ScriptedWorker(yard, queue, "c")
        var left = 2
        while left > 0 {
            let taken = try await third.fetch(channel: "wake")
            try await third.settle(taken)
            left -= taken.jobs.count
        }
        let keys = yard.queue.keys(of: queue)
        for script in [BeatScript.script, LeaveIdleScript.script, StatisticsScript.script, ReleaseScript.script] {
            _ = try await yard.redis.run(script, keys: 1, expecting: 4) { writer in
                for word in [keys.base, "1", "done", "1"] { writer.append(word) }
            }
        }
        #expect(try await third.unregister() == 1)
    }
}
