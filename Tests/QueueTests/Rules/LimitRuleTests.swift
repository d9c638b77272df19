import Redis
import JSON
import Runtime
import TestSupport
import Testing

@testable import Queue

@Suite struct LimitRuleTests {
    private func rig(_ count: Int, _ settings: [String: String] = [:]) async throws -> (Yard, ScriptedWorker) {
        let yard = try Yard()
        if !settings.isEmpty { try await yard.control(Plain.queue, settings) }
        try await yard.queue.enqueueAll((0..<count).map { Plain(number: $0) })
        return (yard, try await ScriptedWorker(yard, Plain.queue, "a"))
    }

    @Test func `a queue's limit of places counts all workers`() async throws {
        let (yard, first) = try await rig(20, ["concurrency": "5"])
        let second = try await ScriptedWorker(yard, Plain.queue, "b")
        let taken = try await first.fetch(3)
        #expect(taken.numbers == [0, 1, 2])
        #expect(try await second.fetch(10).numbers == [3, 4])
        #expect(try await second.fetch(10, from: 100).numbers == [])
        #expect(try await first.fetch(3, finished: taken.slots).numbers == [5, 6, 7])
    }

    @Test func `a queue's rate lets a burst through and then waits for tokens`() async throws {
        let (_, worker) = try await rig(20, ["rate": "0.3", "burst": "4"])
        #expect(try await worker.fetch().numbers == [0, 1, 2, 3])
        // Within the three seconds after which there is a token.
        let empty = try await worker.fetch(from: 100)
        #expect(empty.numbers == [] && (1...3334).contains(empty.hint))
        try await eventually { try await worker.fetch(from: 200).numbers.first == 4 }
    }

    @Test func `an idle queue with a rate is left alone`() async throws {
        let (_, worker) = try await rig(0, ["rate": "20"])
        #expect(try await worker.fetch().hint == -1)
    }

    @Test(arguments: ["0", "-1", "many", "inf", "nan"])
    func `a limit that is no number above zero is none`(value: String) async throws {
        let (yard, worker) = try await rig(3, ["rate": value, "concurrency": value, "burst": value])
        #expect(try await worker.fetch().numbers == [0, 1, 2])
        #expect(try await yard.balance(Plain.queue).difference == 0)
    }

    @Test func `a paused queue gives nothing, and everything once it is resumed`() async throws {
        let (yard, worker) = try await rig(3, ["paused": "1"])
        #expect(try await worker.fetch().numbers == [])
        try await yard.control(Plain.queue, ["paused": ""])
        #expect(try await worker.fetch().numbers == [0, 1, 2])
    }

    @Test func `a queue takes no more than its maximum length, whatever the jobs are`() async throws {
        let (yard, _) = try await rig(3, ["maxlength": "5"])
        try await yard.queue.enqueue(Plain(number: 4), JobOptions(priority: .high))
        try await yard.queue.enqueue(Plain(number: 5), JobOptions(runAt: .now + .hours(1)))
        for options in [JobOptions(), JobOptions(priority: .low), JobOptions(runAt: .now + .hours(1))] {
            await #expect(throws: QueueError.full(queue: "plain", retryAfter: .seconds(5))) {
                try await yard.queue.enqueue(Plain(number: 6), options)
            }
        }
        #expect(try await yard.balance(Plain.queue).enqueued == 5)
    }

    @Test func `higher priorities go first, and lower ones still get a place now and then`() async throws {
        let yard = try Yard()
        let worker = try await ScriptedWorker(yard, Plain.queue, "a")
        for (start, priority) in [(0, Priority.low), (100, .normal), (200, .high)] {
            try await yard.queue.enqueueAll(
                (start..<start + 20).map { Plain(number: $0) }, JobOptions(priority: priority))
        }
        #expect(try await worker.fetch(3).numbers == [200, 201, 202])
        #expect(try await worker.fetch(4, from: 10, lowFirst: true).numbers == [0, 100, 203, 204])
        #expect(try await worker.fetch(18, from: 20).numbers == Array(205..<220) + [101, 102, 103])
    }

    @Test func `of several workers none takes more than its share of the backlog`() async throws {
        let (yard, first) = try await rig(30)
        let second = try await ScriptedWorker(yard, Plain.queue, "b")
        let third = try await ScriptedWorker(yard, Plain.queue, "c")
        #expect(try await first.fetch().numbers.count == 10)
        #expect(try await second.fetch().numbers.count == 7)
        #expect(try await third.fetch().numbers.count == 5)
    }

    @Test func `wanting more jobs than slots were offered takes no more than the slots`() async throws {
        let (yard, worker) = try await rig(10)
        let base = worker.keys.base
        let answer = try await yard.redis.run(FetchScript.plain, keys: 1, expecting: 9) { writer in
            for word in [base, "a", "64", "0", "1", "", "0", "1", "2"] { writer.append(word) }
        }
        #expect(try answer.expectArray().count == 2 + 3)
        #expect(try await yard.balance(Plain.queue).ready == 7)
    }

    @Test func `finished jobs are acknowledged by the same call, with or without new ones`() async throws {
        let (yard, worker) = try await rig(3)
        let taken = try await worker.fetch(2)
        let last = try await worker.fetch(1, finished: taken.slots)
        #expect(last.numbers == [2] && last.slots == [0])
        _ = try await worker.fetch(0, finished: last.slots)
        let balance = try await yard.balance(Plain.queue)
        #expect(balance.done == 3 && balance.leased == 0 && balance.difference == 0)
    }
}
