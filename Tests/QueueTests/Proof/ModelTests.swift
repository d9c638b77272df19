import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// All operations at random against a simple model, whose counts the ledger has to share. `SOAK=1` makes it long.
@Suite struct ModelTests {
    @Test(arguments: [Plain.queue, Keyed.queue, Ordered.queue])
    func `whatever is done in whatever order, every job is in one place`(queue: QueueName) async throws {
        for _ in 0..<(Environment["SOAK"] == "1" ? 150 : 1) {
            var play = try await ModelPlay(queue, Seed())
            for step in 0..<1500 {
                try await play.step()
                if step % 50 == 0 { try await play.compare() }
            }
            try await play.finish()
        }
    }
}

private struct ModelPlay {
    enum State: Hashable {
        /// Ready, due soon, or suspect.
        case waiting
        case scheduled
        case leased(String)
        case ended(String)
    }

    struct Known {
        var state: State
        let key: String?
        let unique: String?
        var holdsKey = false
    }

    let yard: Yard
    let queue: QueueName
    var seed: Seed
    var jobs: [JobID: Known] = [:]
    /// In the order of their enqueueing: a seed has to mean the same in every run.
    var order: [JobID] = []
    var workers: [String: ScriptedWorker] = [:]
    var inFlight: [String: ScriptedWorker.Taken] = [:]
    var names = 0
    var slots = 0

    init(_ queue: QueueName, _ seed: Seed) async throws {
        yard = try Yard()
        self.queue = queue
        self.seed = seed
        for _ in 0..<3 { try await begin() }
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<100, using: &seed) {
        case 0..<30: try await enqueue()
        case 30..<55: try await fetch()
        case 55..<85: try await settle()
        case 85..<88: try await die()
        case 88..<91: try await reconnect()
        case 91..<95: try await cancel()
        case 95..<98: try await bringForward()
        default:
            let isPaused = Bool.random(using: &seed)
            try await yard.control(queue, ["paused": isPaused ? "1" : ""])
        }
    }

    // MARK: Operations

    private mutating func begin(over old: [String] = []) async throws {
        names += 1
        workers["w\(names)"] = try await ScriptedWorker(yard, queue, "w\(names)", over: old)
    }

    private mutating func enqueue() async throws {
        let key = queue.style == .plain ? nil : "key \(Int.random(in: 0..<4, using: &seed))"
        let unique = Int.random(in: 0..<4, using: &seed) == 0 ? "u\(Int.random(in: 0..<6, using: &seed))" : nil
        let isLater = Int.random(in: 0..<5, using: &seed) == 0
        let options = JobOptions(
            runAt: isLater ? .now + .hours(1) : nil, unique: unique.map { .untilDone($0) }, key: key,
            priority: Priority.allCases.randomElement(using: &seed))
        let answer = try await yard.enqueue(in: queue, options)
        let owner = jobs.first { $0.value.unique == unique && unique != nil && !$0.value.isOver }?.key
        switch answer {
        case .taken(let id):
            #expect(owner == nil)
            jobs[id] = Known(state: isLater ? .scheduled : .waiting, key: key, unique: unique)
            order.append(id)
        case .duplicate(let other): #expect(other == owner)
        case .replaced: Issue.record("nothing here is debounced")
        }
    }

    private mutating func fetch() async throws {
        guard let name = workers.keys.sorted().randomElement(using: &seed), let worker = workers[name],
            inFlight[name] == nil
        else { return }
        slots += 100
        let taken = try await worker.fetch(.random(in: 1...8, using: &seed), from: slots)
        for (slot, envelope) in taken.jobs {
            let job = try #require(jobs[envelope.id])
            #expect(job.state == .waiting, "\(job) was given out")
            if queue.style == .ordered {
                let holders = jobs.filter { $0.value.key == job.key && $0.value.holdsKey && $0.key != envelope.id }
                #expect(holders.isEmpty, "two of \(job.key ?? "") at once")
                jobs[envelope.id]?.holdsKey = true
            }
            #expect(slot >= slots)
            jobs[envelope.id]?.state = .leased(name)
        }
        if !taken.jobs.isEmpty { inFlight[name] = taken }
    }

    private mutating func settle() async throws {
        guard let name = inFlight.keys.sorted().randomElement(using: &seed), let taken = inFlight[name],
            let worker = workers[name]
        else { return }
        inFlight[name] = nil
        if queue.style == .plain, taken.jobs.allSatisfy({ !$0.envelope.isManaged }), taken.cancelled.isEmpty,
            Bool.random(using: &seed)
        {
            _ = try await worker.fetch(0, finished: taken.slots)
            return note(taken, .ended("done"))
        }
        for (slot, envelope) in taken.jobs {
            let one = ScriptedWorker.Taken(hint: 0, jobs: [(slot, envelope)], cancelled: [])
            let outcome =
                taken.cancelled.contains(slot)
                ? "cancelled"
                : ["done", "dead", "expired", "retrying", "scheduled", "ready"].randomElement(using: &seed)
            let isSoon = Bool.random(using: &seed)
            #expect(try await worker.settle(one, outcome ?? "done", at: isSoon ? .now : .now + .hours(1)) == 1)
            switch outcome {
            case "retrying", "scheduled": note(one, isSoon ? .waiting : .scheduled)
            case "ready": note(one, .waiting)
            default: note(one, .ended(outcome ?? "done"))
            }
        }
    }

    private mutating func note(_ taken: ScriptedWorker.Taken, _ state: State) {
        for (_, envelope) in taken.jobs {
            jobs[envelope.id]?.state = state
            if case .ended = state { jobs[envelope.id]?.holdsKey = false }
        }
    }

    private mutating func die() async throws {
        guard let name = workers.keys.sorted().randomElement(using: &seed),
            let worker = workers.removeValue(forKey: name)
        else { return }
        try await worker.die()
        if let taken = inFlight.removeValue(forKey: name) { note(taken, .waiting) }
        let dead = try await yard.redis.call("LRANGE", worker.keys.dead, 0, -1).expectArray()
        for letter in dead {
            guard let id = letter.bytes.flatMap({ EnvelopeView($0) })?.id else { continue }
            jobs[id]?.state = .ended("dead")
            jobs[id]?.holdsKey = false
        }
        try await begin()
    }

    /// Two incarnations become one.
    private mutating func reconnect() async throws {
        let old = Array(workers.keys.sorted().shuffled(using: &seed).prefix(2))
        for name in old { workers[name] = nil }
        names += 1
        let name = "w\(names)"
        let worker = try await ScriptedWorker(yard, queue, name)
        let found = try await worker.register(over: old)
        workers[name] = worker
        let held = old.flatMap { inFlight.removeValue(forKey: $0)?.jobs ?? [] }
        #expect(Set(found.map(\.id)) == Set(held.map(\.envelope.id)))
        let taken = ScriptedWorker.Taken(hint: 0, jobs: found.enumerated().map { ($0, $1) }, cancelled: [])
        if !found.isEmpty { inFlight[name] = taken }
        note(taken, .leased(name))
        try await begin()
    }

    private mutating func cancel() async throws {
        guard let id = order.filter({ jobs[$0]?.isOver == false }).randomElement(using: &seed), let job = jobs[id]
        else { return }
        if try await yard.cancel(id, in: queue) == 1 {
            #expect(job.state == .scheduled || job.state == .waiting)
            jobs[id]?.state = .ended("cancelled")
            jobs[id]?.holdsKey = false
        } else {
            #expect(job.state != .scheduled)
        }
    }

    private mutating func bringForward() async throws {
        guard let id = order.filter({ jobs[$0]?.state == .scheduled }).randomElement(using: &seed) else { return }
        #expect(try await yard.reschedule(id, in: queue, to: .now) == 1)
        jobs[id]?.state = .waiting
    }

    // MARK: Comparing

    func compare() async throws {
        let balance = try await yard.balance(queue)
        #expect(balance.difference == 0, "\(balance)")
        func count(_ outcome: String) -> Int { jobs.values.count { $0.state == .ended(outcome) } }
        #expect(balance.enqueued == jobs.count)
        #expect(balance.leased == inFlight.values.reduce(0) { $0 + $1.jobs.count })
        #expect(balance.done == count("done") && balance.dead == count("dead"))
        #expect(balance.cancelled == count("cancelled") && balance.expired == count("expired"))
        #expect(balance.waiting == jobs.values.count { $0.state == .waiting || $0.state == .scheduled })
    }

    /// Everything that is left can be done, and then nothing is held.
    mutating func finish() async throws {
        try await yard.control(queue, ["paused": ""])
        for id in jobs.filter({ $0.value.state == .scheduled }).keys {
            #expect(try await yard.reschedule(id, in: queue, to: .now) == 1)
            jobs[id]?.state = .waiting
        }
        try await eventually("the last job", within: .seconds(20)) {
            for name in Array(workers.keys) {
                if let taken = inFlight.removeValue(forKey: name) {
                    try await workers[name]?.settle(taken)
                    note(taken, .ended("done"))
                }
            }
            try await fetch()
            return jobs.values.allSatisfy(\.isOver)
        }
        try await compare()
        let keys = try await yard.redis.call("KEYS", yard.queue.prefix + "*").expectArray().compactMap(\.string)
        let held = keys.filter { key in [":unique:", ":holders:", ":list:", ":leased:"].contains { key.contains($0) } }
        #expect(held.isEmpty)
    }
}

extension ModelPlay.Known {
    fileprivate var isOver: Bool {
        if case .ended = state { true } else { false }
    }
}

extension Yard {
    fileprivate func enqueue(in queue: QueueName, _ options: JobOptions) async throws -> PushAnswer {
        switch queue {
        case Keyed.queue: try await self.queue.enqueue(Keyed(number: 0), options)
        case Ordered.queue: try await self.queue.enqueue(Ordered(number: 0), options)
        default: try await self.queue.enqueue(Plain(number: 0), options)
        }
    }
}
