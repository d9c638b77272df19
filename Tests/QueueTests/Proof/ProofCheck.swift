import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// What a run has left behind.
struct EffectRow {
    let number: Int
    let job: String
    let process: Int
    let key: String?
    let attempt: Int
    let started: Timestamp
    let ended: Timestamp
}

extension EffectRow: RowDecodable {
    init(row: Row) throws(RowError) {
        number = try row["number"]
        job = try row["job"]
        process = try row["process"]
        key = try row["key"]
        attempt = try row["attempt"]
        started = try row["started"]
        ended = try row["ended"]
    }
}

extension ProofYard {
    func effects() async throws -> [EffectRow] {
        try await database.all(
            "select number, job, process, key, attempt, started, ended from effects order by started, ended")
    }

    func count(of table: StaticString, where condition: SQL = "true") async throws -> Int {
        try await database.one("select count(*) from \(literally: table) where \(condition)")
    }

    func outboxCount() async throws -> Int { try await count(of: "outbox") }

    func balances() async throws -> [Balance] {
        var all: [Balance] = []
        for queue in Self.queues { all.append(try await yard.balance(queue)) }
        return all
    }

    func isDone() async throws -> Bool {
        guard try await balances().allSatisfy({ $0.waiting == 0 && $0.leased == 0 }) else { return false }
        return try await database.one(
            """
            select not exists (select from outbox) and not exists (select from batches where succeeded_at is null)
                and not exists (select from chains where completed_at is null)
            """)
    }

    func untilDone(
        within limit: Duration = .seconds(90), at location: SourceLocation = #_sourceLocation
    ) async throws {
        do {
            try await eventually("all jobs done", within: limit, sourceLocation: location) { try await isDone() }
        } catch let error as NeverHappened {
            let left = try await database.all(
                "select queue, push_at::text from outbox limit 10", as: (String, String?).self)
            Issue.record("\(try await balances()) \(left)", sourceLocation: location)
            throw error
        }
    }

    /// Nothing lost, no durable effect twice, every volatile duplicate from a worker that died or lost its lease, order
    /// and limits kept, no attempt spent but on failures, the books in balance, and nothing held any more. `fallen` are
    /// the processes; `mayFail` when what handlers need was away.
    func check(
        _ expected: Set<Int>, fallen: Set<Int> = [], mayFail: Bool = false,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let overtaken = overtaken
        if !overtaken.isEmpty { print("lost their leases and lived: \(overtaken)") }
        let fallen = fallen.union(overtaken)
        let effects = try await effects()
        let missing = expected.subtracting(effects.map(\.number))
        #expect(missing.isEmpty, "lost: \(missing.sorted().prefix(50))", sourceLocation: location)
        for (number, runs) in Dictionary(grouping: effects, by: \.number) where runs.count > 1 {
            #expect(
                Sort(number: number)?.isDurable == false, "durable effect \(number) twice", sourceLocation: location)
            let unexplained = runs.filter { !fallen.contains($0.process) }
            #expect(unexplained.count <= 1, "\(number) ran twice among the living", sourceLocation: location)
        }
        for run in effects where !mayFail {
            #expect(run.attempt == 1 + Sort.failures(of: run.number), "\(run)", sourceLocation: location)
        }
        // The dead stop at once; who lives on without its lease is beside whoever has it.
        let held = effects.filter { !overtaken.contains($0.process) }
        checkOrder(of: held, at: location)
        checkLimits(of: held, at: location)
        try checkChains(of: effects, at: location)
        try await checkBooks(at: location)
    }

    /// In turn within a key, also over crashes.
    private func checkOrder(of effects: [EffectRow], at location: SourceLocation) {
        let ordered = effects.filter { Sort(number: $0.number) == .ordered }
        for (key, runs) in Dictionary(grouping: ordered, by: \.key) {
            for (run, next) in zip(runs, runs.dropFirst()) {
                #expect(
                    run.number <= next.number && run.ended <= next.started,
                    "\(run) and \(next) of \(key ?? "")", sourceLocation: location)
            }
        }
    }

    /// One step after the other.
    private func checkChains(of effects: [EffectRow], at location: SourceLocation) throws {
        let steps = Dictionary(
            effects.filter { Sort(number: $0.number) == .chain }.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
        for (number, step) in steps where (number - Sort.chain.number(0)) % Sort.steps > 0 {
            let before = try #require(steps[number - 1], sourceLocation: location)
            #expect(before.ended <= step.started, sourceLocation: location)
        }
    }

    /// Never more at once than the queue and its keys allow.
    private func checkLimits(of effects: [EffectRow], at location: SourceLocation) {
        let limited = effects.filter { Sort(number: $0.number) == .limited }
        #expect(Self.mostAtOnce(limited) <= Sort.placesOfQueue, sourceLocation: location)
        for runs in Dictionary(grouping: limited, by: \.key).values {
            #expect(Self.mostAtOnce(runs) <= Sort.placesOfKey, sourceLocation: location)
        }
    }

    static func mostAtOnce(_ runs: [EffectRow]) -> Int {
        // At the same moment an end comes before a beginning.
        let changes = (runs.map { ($0.ended, -1) } + runs.map { ($0.started, 1) }).sorted { $0 < $1 }
        var now = 0
        return changes.map(\.1).reduce(into: 0) { most, change in
            now += change
            most = max(most, now)
        }
    }

    private func checkBooks(at location: SourceLocation) async throws {
        for balance in try await balances() {
            #expect(balance.isRight && balance.dead == 0, "\(balance)", sourceLocation: location)
        }
        #expect(try await outboxCount() == 0, sourceLocation: location)
        #expect(try await count(of: "batches", where: "succeeded_at is null") == 0, sourceLocation: location)
        #expect(try await count(of: "chains", where: "completed_at is null") == 0, sourceLocation: location)
        // What a worker leaves behind that dies between the end of a job and that of its payload is an orphan.
        try await PayloadStore(database: database).pruneOrphans(
            olderThan: .zero, queues: Self.queues, client: yard.queue, secondLook: .milliseconds(1))
        #expect(try await count(of: "job_payloads") == 0, sourceLocation: location)
        let held = try await held()
        #expect(held.isEmpty, "still held: \(held)", sourceLocation: location)
    }

    /// Keys in Redis that only jobs which are not done may have.
    private func held() async throws -> [String] {
        let keys = try await yard.redis.call("KEYS", yard.queue.prefix + "*").expectArray().compactMap(\.string)
        let parts = [":unique:", ":keys:holders:", ":keys:list:", ":leased:", ":due:envelopes", ":suspect"]
        return keys.filter { key in parts.contains { key.contains($0) } }
    }
}
