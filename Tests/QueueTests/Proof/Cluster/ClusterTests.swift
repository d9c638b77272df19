import Foundation
import Postgres
@testable import Queue
import Redis
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Three masters on loopback. Every script touches one queue only, and so one master; what has to reach another queue
/// goes by way of PostgreSQL.
@Suite(.ownStores) struct ClusterTests {
    private func cluster() async throws -> (servers: [RedisServer], proxy: ClusterProxy) {
        var servers: [RedisServer] = []
        for _ in 0..<3 { servers.append(try await node()) }
        let nodes = servers.map { "127.0.0.1:\($0.port)" }
        try await TestProcess.run("redis-cli", ["--cluster", "create"] + nodes + ["--cluster-yes"])
        for server in servers {
            try await eventually("a cluster") {
                try await server.command("cluster", "info").contains("cluster_state:ok")
            }
        }
        return (servers, try await ClusterProxy(to: try await ports(servers[0])))
    }

    /// Of the masters in the order of their slots. A line of the list is: id, address, flags …, first-last slot.
    private func ports(_ server: RedisServer) async throws -> [UInt16] {
        let lines = try await server.command("cluster", "nodes").split(whereSeparator: \.isNewline)
        let masters = lines.compactMap { line -> (slot: Int, port: UInt16)? in
            let words = line.split(separator: " ")
            guard words.count == 9, let slot = words[8].split(separator: "-").first.flatMap({ Int($0) }),
                let port = words[1].split(separator: "@")[0].split(separator: ":").last.flatMap({ UInt16($0) })
            else { return nil }
            return (slot, port)
        }
        return masters.sorted { $0.slot < $1.slot }.map(\.port)
    }

    /// A node also listens 10,000 above its port, where an outgoing connection of somebody may have its own: then another.
    private func node() async throws -> RedisServer {
        for _ in 0..<20 {
            if let server = try? await RedisServer(["--cluster-enabled", "yes"]) { return server }
        }
        return try await RedisServer(["--cluster-enabled", "yes"])
    }

    /// What is new in a script has to be known here, too.
    @Test func `no script is missing among those that a cluster has to accept`() throws {
        let folder = Repository.root + "/Sources/Queue"
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        let definitions = try files.reduce(0) { count, file in
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            return count + text.components(separatedBy: "= RedisScript(").count - 1
        }
        #expect(definitions == EveryScript.all.count)
        #expect(Set(EveryScript.all.map(\.script.digest)).count == definitions)
    }

    @Test func `every script runs on a cluster`() async throws {
        let (servers, proxy) = try await cluster()
        defer { withExtendedLifetime(servers) {} }
        let yard = try Yard(url: proxy.url, prefix: "c:")
        for queue in [Plain.queue, Keyed.queue, Ordered.queue] {
            try await EveryScript.run(on: yard, queue)
            let balance = try await yard.balance(queue)
            #expect(balance.isRight, "\(queue): \(balance)")
        }
        // Each of the three queues lies on a master of its own.
        #expect(proxy.traffic.scripts.allSatisfy { $0.count > 10 })
        let ran = proxy.traffic.scripts.reduce(into: Set()) { $0.formUnion($1) }
        #expect(EveryScript.all.filter { !ran.contains($0.script.digest) }.map(\.name) == [])
        #expect(proxy.traffic.refusals.filter { !$0.hasPrefix("-NOSCRIPT") } == [])
    }

    @Test func `chains and batches cross from master to master`() async throws {
        let (servers, proxy) = try await cluster()
        defer { withExtendedLifetime(servers) {} }
        let proof = try await ProofYard(redis: proxy.url)
        let masters = ProofYard.queues.map { proxy.traffic.node(of: proof.yard.queue.keys(of: $0).base.utf8) }
        #expect(Set(masters) == [0, 1, 2])
        let worker = try await proof.worker(lease: 10_000)
        let scheduler = try await proof.scheduler(lease: 10_000)
        // A chain has its steps in three queues; a batch its jobs in two, and a callback in each of them.
        let expected = try await proof.enqueue(
            30, of: [.chain, .batch, .plain, .ordered, .limited, .unique, .due, .flaky, .large])
        try await proof.untilDone()
        try await proof.end(worker)
        try await proof.end(scheduler)
        try await proof.check(expected)
        #expect(try await proof.effects().count == expected.count)
        #expect(try await proof.count(of: "batches", where: "succeeded_at is not null") == 1)
        #expect(try await proof.count(of: "chains", where: "completed_at is not null") == 10)
        #expect(proxy.traffic.scripts.allSatisfy { $0.count > 5 })
        #expect(proxy.traffic.refusals.filter { !$0.hasPrefix("-NOSCRIPT") } == [])
        await proof.close()
    }
}
