import Foundation
import Runtime
import TestSupport
import Testing

/// What devices show after all that can happen to the servers: what their people may see, whole, once, and nothing more.
@Suite(.ownStores, .serialized)
struct ChatWorldTests {
    private static let messages = Environment["SOAK"] == nil ? 3000 : 20_000
    private static let (people, groupSize) = (200, 5)

    @Test func `every device is whole after its servers were killed again and again`() async throws {
        let system = try await ChatSystem()
        let world = try await world(system)
        let victims = ["api 0", "worker-fanout 0", "api 1", "worker-fanout 1"]
        for (number, victim) in victims.enumerated() {
            // Spread over the first three quarters of what is sent.
            let share = Self.messages * (number + 1) * 3 / 4 / victims.count / 500 * 500
            try await world.waitForLine(containing: "sent \(max(share, 500))", within: .seconds(600))
            try await system.killAndReplace(victim)
        }
        let outcome = try await outcome(of: world)
        #expect(outcome == ["whole"])
        try await system.stop()
    }

    @Test func `every device is whole after Redis was emptied`() async throws {
        let redis = try await RedisServer()
        let system = try await ChatSystem(redisURL: redis.url)
        let signal = system.folder.file("go")
        let world = try await world(system, messages: 500, [signal])
        try await world.waitForLine(containing: "whole", within: .seconds(600))
        // What is sent now lies in Redis when that is emptied.
        try system.signal(SIGSTOP, all: "worker-fanout")
        try "".write(toFile: signal, atomically: true, encoding: .utf8)
        try await world.waitForLine(containing: "burst sent", within: .seconds(600))
        try await redis.command("FLUSHALL")
        try system.signal(SIGCONT, all: "worker-fanout")
        let outcome = try await outcome(of: world)
        #expect(outcome == ["whole", "whole"])
        try await system.stop()
        redis.stop()
    }

    private func world(
        _ system: ChatSystem, messages: Int = Self.messages, _ more: [String] = []
    ) async throws -> TestProcess {
        let tokens = try await system.people(Self.people, inGroupsOf: Self.groupSize)
        let seed = Environment["SEED"] ?? "\(UInt32.random(in: 1...UInt32.max))"
        print("SEED=\(seed) repeats ChatWorldTests")
        let script = "\(Repository.root)/Tests/EndToEndTests/Chat/Peers/chat_world.py"
        let ports = system.ports.map { "\($0)" }.joined(separator: ",")
        let world = try TestProcess(
            "/usr/bin/python3",
            [script, try TestStores.current.databaseURL, ports, tokens, "\(messages)", seed] + more)
        try await world.waitForLine(containing: "ready", within: .seconds(600))
        return world
    }

    /// What it says of its devices.
    private func outcome(of world: TestProcess) async throws -> [String] {
        #expect(try await world.waitForExit(within: .seconds(600)) == .code(0), "\(world.errors.suffix(2000))")
        return world.lines.filter {
            !$0.hasPrefix("sent") && !$0.contains("events,") && $0 != "ready" && $0 != "burst sent"
        }
    }
}
