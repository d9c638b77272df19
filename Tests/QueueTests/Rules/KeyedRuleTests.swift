import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct KeyedRuleTests {
    private func enqueue(_ yard: Yard, _ numbers: [Int], key: String, runAt: Timestamp? = nil) async throws {
        try await yard.queue.enqueueAll(numbers.map { Keyed(number: $0) }, JobOptions(runAt: runAt, key: key))
    }

    @Test func `a key with many jobs does not keep another key waiting`() async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Keyed.queue, "a")
        try await enqueue(yard, Array(0..<2000), key: "noisy")
        try await enqueue(yard, [9001, 9002], key: "quiet")
        #expect(try await worker.fetch(4).numbers == [0, 9001, 1, 9002])
    }

    @Test func `keys have their turn one after the other across fetches`() async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Keyed.queue, "a")
        for key in 0..<3 { try await enqueue(yard, [10 * key, 10 * key + 1], key: "key \(key)") }
        var numbers: [Int] = []
        for slot in 0..<6 { numbers += try await worker.fetch(1, from: slot * 10).numbers }
        #expect(numbers == [0, 10, 20, 1, 11, 21])
    }

    @Test func `a key's limit of places holds across workers, and each end frees one`() async throws {
        let yard = try Yard()
        try await yard.control(Keyed.queue, ["keyconcurrency": "2"])
        let first = try await ScriptedWorker(yard, Keyed.queue, "a")
        let second = try await ScriptedWorker(yard, Keyed.queue, "b")
        try await enqueue(yard, Array(0..<10), key: "k")
        let taken = try await first.fetch(1)
        #expect(taken.numbers == [0])
        #expect(try await second.fetch().numbers == [1])
        #expect(try await second.fetch(from: 10).numbers == [])
        try await first.settle(taken)
        #expect(try await second.fetch(from: 20).numbers == [2])
    }

    @Test func `who meets only keys at their limit looks again at once for those behind them`() async throws {
        let yard = try Yard()
        try await yard.control(Keyed.queue, ["keyconcurrency": "1"])
        let worker = try await ScriptedWorker(yard, Keyed.queue, "a")
        for key in 0..<3 { try await enqueue(yard, [key], key: "full \(key)") }
        #expect(try await worker.fetch().numbers == [0, 1, 2])
        for key in 0..<3 { try await enqueue(yard, [10 + key], key: "full \(key)") }
        try await enqueue(yard, [99], key: "free")
        for round in 1...3 {
            let empty = try await worker.fetch(1, from: round * 1000, channel: "asleep")
            #expect(empty.numbers == [] && empty.hint == 1)
        }
        #expect(try await worker.fetch(1, from: 5000).numbers == [99])
    }

    @Test(arguments: ["done", "dead", "cancelled", "retrying", "ready"])
    func `every way to end a run frees the key's place`(outcome: String) async throws {
        let yard = try Yard()
        try await yard.control(Keyed.queue, ["keyconcurrency": "1"])
        let worker = try await ScriptedWorker(yard, Keyed.queue, "a")
        try await enqueue(yard, [1, 2], key: "k")
        let taken = try await worker.fetch()
        #expect(taken.numbers == [1])
        try await worker.settle(taken, outcome, at: .now + .hours(1))
        #expect(try await worker.fetch(from: 10).numbers == [outcome == "ready" ? 1 : 2])
        #expect(try await yard.balance(Keyed.queue).difference == 0)
    }

    @Test func `recovery frees the places of a dead worker`() async throws {
        let yard = try Yard()
        try await yard.control(Keyed.queue, ["keyconcurrency": "1"])
        let dead = try await ScriptedWorker(yard, Keyed.queue, "a")
        try await enqueue(yard, [1, 2], key: "k")
        #expect(try await dead.fetch().numbers == [1])
        try await dead.die()
        let worker = try await ScriptedWorker(yard, Keyed.queue, "b")
        let again = try await worker.fetch()
        #expect(again.numbers == [1])
        try await worker.settle(again)
        #expect(try await worker.fetch().numbers == [2])
    }

    @Test func `a suspect takes a place of its key like any other, and runs when one is free`() async throws {
        let yard = try Yard()
        try await yard.control(Keyed.queue, ["keyconcurrency": "2"])
        try await enqueue(yard, [1], key: "k")
        for name in ["a", "b"] {
            let doomed = try await ScriptedWorker(yard, Keyed.queue, name)
            #expect(try await doomed.fetch().numbers == [1])
            try await doomed.die()
        }
        #expect(try await yard.balance(Keyed.queue).suspect == 1)
        try await enqueue(yard, [2, 3, 4], key: "k")
        let worker = try await ScriptedWorker(yard, Keyed.queue, "c")
        let others = try await worker.fetch(suspects: false)
        #expect(others.numbers == [2, 3])
        #expect(try await worker.fetch(from: 100).numbers == [])
        try await worker.settle(others)
        // It has the one place, what waits under its key the other.
        #expect(try await worker.fetch(from: 200).numbers == [1, 4])
    }

    @Test func `a key's rate lets a burst through, then one per token, and says when the next comes`() async throws {
        let yard = try Yard()
        try await yard.control(Keyed.queue, ["keyrate": "0.3", "keyburst": "3"])
        let worker = try await ScriptedWorker(yard, Keyed.queue, "a")
        try await enqueue(yard, Array(0..<5), key: "k")
        try await enqueue(yard, [100], key: "other")
        #expect(try await worker.fetch().numbers.sorted() == [0, 1, 2, 100])
        // Within the three seconds after which there is a token.
        let empty = try await worker.fetch(from: 100)
        #expect(empty.numbers == [] && (1...3334).contains(empty.hint))
        try await eventually { try await worker.fetch(from: 200).numbers.first == 3 }
    }

    @Test func `within an ordered key a retry keeps its hold, and the next waits for its end`() async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Ordered.queue, "a")
        try await yard.queue.enqueueAll([1, 2, 3].map { Ordered(number: $0) }, JobOptions(key: "k"))
        let first = try await worker.fetch()
        #expect(first.numbers == [1])
        // Not before it is moved: on a busy machine any shorter time may be over at the next step.
        try await worker.settle(first, "retrying", at: .now + .hours(1))
        #expect(try await worker.fetch(from: 10).numbers == [])
        let id = try #require(first.jobs.first?.envelope.id)
        #expect(try await yard.reschedule(id, in: Ordered.queue, to: .now) == 1)
        let again = try await eventuallySome {
            let taken = try await worker.fetch(from: 20)
            return taken.jobs.isEmpty ? nil : taken
        }
        #expect(again.numbers == [1])
        try await worker.settle(again)
        #expect(try await worker.fetch(from: 30).numbers == [2])
    }

    @Test(arguments: ["done", "dead", "cancelled", "expired"])
    func `whatever ends the head of an ordered key lets the next go`(outcome: String) async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Ordered.queue, "a")
        try await yard.queue.enqueueAll([1, 2].map { Ordered(number: $0) }, JobOptions(key: "k"))
        try await worker.settle(try await worker.fetch(), outcome)
        #expect(try await worker.fetch(from: 10).numbers == [2])
    }

    @Test func `a delayed job of an ordered key does not get in front of one that is tried again`() async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Ordered.queue, "a")
        try await yard.queue.enqueue(Ordered(number: 1), JobOptions(key: "k"))
        try await worker.settle(try await worker.fetch(), "retrying", at: .now)
        for number in [2, 3] {
            let time = Timestamp.now + .milliseconds(5 * number)
            try await yard.queue.enqueue(Ordered(number: number), JobOptions(runAt: time, key: "k"))
        }
        try await eventually {
            try await yard.promote(Ordered.queue)
            return try await yard.balance(Ordered.queue).due == 0
        }
        var order: [Int] = []
        for round in 1...3 {
            let taken = try await worker.fetch(from: round * 100)
            order += taken.numbers
            try await worker.settle(taken)
        }
        #expect(order == [1, 2, 3])
    }

    @Test func `a later one that replaces a debounced retry takes over its ordered key`() async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Ordered.queue, "a")
        let options = JobOptions(runAt: .now + .milliseconds(1), unique: .debounce("d"), key: "k")
        try await yard.queue.enqueue(Ordered(number: 1), options)
        let first = try await eventuallySome {
            let taken = try await worker.fetch()
            return taken.jobs.isEmpty ? nil : taken
        }
        try await worker.settle(first, "retrying", at: .now + .hours(1))
        try await yard.queue.enqueue(Ordered(number: 2), options)
        #expect(try await worker.fetch(from: 10).numbers == [2])
        #expect(try await yard.balance(Ordered.queue).difference == 0)
    }
}
