import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// Every script that the queue has: `ClusterTests` looks whether one is missing here.
enum EveryScript {
    static let all: [(name: String, script: RedisScript)] = [
        ("balance", BalanceScript.script), ("beat", BeatScript.script), ("cancel", CancelScript.script),
        ("census", CensusScript.script), ("control", ControlScript.script), ("delete", DeleteScript.script),
        ("enqueue", EnqueueScript.script), ("enqueue managed", EnqueueManagedScript.script),
        ("fetch keyed", FetchScript.keyed), ("fetch plain", FetchScript.plain), ("find", FindScript.script),
        ("found", FoundScript.script),
        ("free place", FreePlaceScript.script),
        ("leave idle", LeaveIdleScript.script), ("promote", PromoteScript.script), ("prune", PruneScript.script),
        ("reap", ReapScript.script), ("register", RegisterScript.script), ("release", ReleaseScript.script),
        ("reschedule", RescheduleScript.script), ("settle", SettleScript.script),
        ("statistics", StatisticsScript.script), ("track", TrackScript.script), ("trim dead", TrimDeadScript.script),
        ("unregister", UnregisterScript.script), ("write off", WriteOffScript.script),
    ]

    /// A short life of a queue that takes each of them.
    static func run(on yard: Yard, _ queue: QueueName) async throws {
        try await enqueue(yard, queue)
        try await yard.promote(queue)
        try await yard.control(queue, ["concurrency": "10", "rate": "1000", "burst": "100", "keyconcurrency": "5"])
        let first = try await ScriptedWorker(yard, queue, "a")
        try await first.settle(try await first.fetch(channel: "wake"), "retrying")
        let second = try await ScriptedWorker(yard, queue, "b", over: ["a"])
        _ = try await eventuallySome {
            let taken = try await second.fetch(channel: "wake")
            return taken.jobs.isEmpty ? nil : taken
        }
        try await second.die()
        let third = try await ScriptedWorker(yard, queue, "c")
        var left = 2
        while left > 0 {
            let taken = try await third.fetch(channel: "wake")
            try await third.settle(taken)
            left -= taken.jobs.count
        }
        try await callRest(yard, queue)
        _ = try await third.unregister()
        _ = try await yard.balance(queue)
    }

    private static func enqueue(_ yard: Yard, _ queue: QueueName) async throws {
        func enqueue(_ number: Int, _ options: JobOptions) async throws -> JobID {
            var options = options
            if queue.style == .plain { return try await yard.queue.enqueue(Plain(number: number), options).id }
            options.key = "k"
            if queue.style == .keyed { return try await yard.queue.enqueue(Keyed(number: number), options).id }
            return try await yard.queue.enqueue(Ordered(number: number), options).id
        }
        _ = try await enqueue(1, JobOptions())
        _ = try await enqueue(2, JobOptions(unique: .untilDone("u"), isTracked: true))
        let due = try await enqueue(3, JobOptions(runAt: .now + .hours(1), unique: .debounce("d")))
        _ = try await yard.reschedule(due, in: queue, to: .now + .minutes(1))
        _ = try await yard.cancel(due, in: queue)
    }

    /// What only has to be accepted.
    private static func callRest(_ yard: Yard, _ queue: QueueName) async throws {
        let id = "0123456789abcdef"
        let rest: [(RedisScript, [String])] = [
            (BeatScript.script, ["c", "1000"]), (LeaveIdleScript.script, ["wake"]), (PruneScript.script, ["1000"]),
            (StatisticsScript.script, ["1", "done", "1"]), (ReleaseScript.script, [id, id]),
            (TrackScript.script, [id, "", "state", "x"]), (TrimDeadScript.script, ["1", "a", "b"]),
            (CensusScript.script, ["list", "ready:1", "0", "10"]), (FindScript.script, ["ready:1", id, "0", "10"]),
            (DeleteScript.script, ["ready:1", "nothing"]), (FreePlaceScript.script, ["k", id]),
            (FoundScript.script, [id, "keyconcurrency", "5"]), (WriteOffScript.script, ["1"]),
        ]
        let base = yard.queue.keys(of: queue).base
        for (script, words) in rest {
            _ = try await yard.redis.run(script, keys: 1, expecting: words.count + 1) { writer in
                for word in [base] + words { writer.append(word) }
            }
        }
    }
}
