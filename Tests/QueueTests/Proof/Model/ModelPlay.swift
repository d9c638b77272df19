import Postgres
import Redis
import Runtime
import TestSupport
import Testing

@testable import Queue

/// One long random story: what is done, beside what the model makes of it.
final class ModelPlay {
    static let queues = [Plain.queue, Keyed.queue, Ordered.queue]

    let yard: Yard
    let database: Database
    let durable: DurableQueue
    let relay: Relay
    let archivist: Archivist
    let isFlushed: Bool
    var seed: Seed
    var jobs: [JobID: ModelJob] = [:]
    /// In the order of their enqueueing: a seed has to mean the same in every run.
    var order: [JobID] = []
    /// Who has which unique key. An older debounced job may live on without it.
    var owners: [String: JobID] = [:]
    var batches: [ModelBatch] = []
    var chains: [ModelChain] = []
    var books: [QueueName: ModelBooks] = [:]
    var workers: [String: ScriptedWorker] = [:]
    var inFlight: [String: ScriptedWorker.Taken] = [:]
    private var names = 0
    private var slots = 0

    init(_ bench: Bench, _ seed: Seed, isFlushed: Bool) async throws {
        self.seed = seed
        self.isFlushed = isFlushed
        yard = try Yard(prefix: TestStores.newPrefix())
        database = bench.database
        durable = DurableQueue(
            database: database, client: yard.queue, loops: yard.loops, name: "model", logger: .silent)
        var limits = RelayLimits()
        limits.pauseOfDuplicate = .milliseconds(1)
        relay = Relay(durable, queues: Self.queues, loops: yard.loops, limits: limits, logger: .silent)
        archivist = Archivist(durable, queues: Self.queues, loops: yard.loops, logger: .silent)
        try await database.run(
            """
            create table if not exists effects (job uuid);
            """)
        try await database.run(
            "truncate effects, outbox, batches, batch_additions, batch_failures, batch_callbacks, chains, chain_steps, dead_letters, dead_letter_groups, queue_epochs"
        )
        for queue in Self.queues {
            books[queue] = ModelBooks()
            for _ in 0..<2 { try await begin(in: queue) }
        }
    }

    func step() async throws {
        switch Int.random(in: 0..<1000, using: &seed) {
        case 0..<200: try await enqueueVolatile()
        case 200..<300: try await enqueueDurable()
        case 300..<315: try await enqueueBatch()
        case 315..<335: try await enqueueChain()
        case 335..<560: try await fetch()
        case 560..<800: try await settle()
        case 800..<830: try await die()
        case 830..<850: try await reconnect()
        case 850..<890: try await cancel()
        case 890..<895: try await cancelBatch()
        case 895..<930: try await reschedule()
        case 930..<945: try await arrive()
        case 945..<965: try await archive()
        case 965..<985: try await retry()
        case 985..<997: try await pause()
        default: if isFlushed { try await flush() }
        }
    }

    // MARK: Workers

    func begin(in queue: QueueName, over old: [String] = []) async throws {
        names += 1
        let name = "\(queue.name) \(names)"
        workers[name] = try await ScriptedWorker(yard, queue, name, over: old)
    }

    func randomWorker(_ isChosen: (String) -> Bool = { _ in true }) -> (name: String, worker: ScriptedWorker)? {
        guard let name = workers.keys.sorted().filter(isChosen).randomElement(using: &seed), let worker = workers[name]
        else { return nil }
        return (name, worker)
    }

    func fetch() async throws {
        guard let (name, worker) = randomWorker({ inFlight[$0] == nil }) else { return }
        slots += 100
        let taken = try await worker.fetch(.random(in: 1...8, using: &seed), from: slots)
        for (slot, envelope) in taken.jobs {
            let job = try #require(jobs[envelope.id])
            #expect(job.queue == worker.queue)
            #expect(job.state == .waiting, "\(job) was given out")
            #expect(job.isUnwanted == taken.cancelled.contains(slot), "\(job)")
            if job.queue.style == .ordered {
                let holders = jobs.values.filter { $0.queue == job.queue && $0.key == job.key && $0.holdsKey }
                #expect(holders.allSatisfy { $0.id == job.id }, "two of \(job.key ?? "") at once")
                jobs[job.id]?.holdsKey = true
            }
            jobs[job.id]?.state = .leased(name)
        }
        if !taken.jobs.isEmpty { inFlight[name] = taken }
    }

    /// A worker's process dies, perhaps after it has ended rows and before it could say so.
    func die() async throws {
        guard let (name, worker) = randomWorker() else { return }
        workers[name] = nil
        let held = inFlight.removeValue(forKey: name)?.jobs.map(\.envelope.id) ?? []
        for id in held where Int.random(in: 0..<4, using: &seed) == 0 { try await endRow(of: id) }
        let counts = try await worker.die()
        for id in held { jobs[id]?.state = .waiting }
        try await noteDeaths(counts.dead, among: held, of: worker)
        try await begin(in: worker.queue)
    }

    private func noteDeaths(_ count: Int, among held: [JobID], of worker: ScriptedWorker) async throws {
        guard count > 0 else { return }
        let dead = try await yard.redis.call("LRANGE", worker.keys.dead, -count, -1).expectArray()
        for letter in dead {
            let id = try #require(letter.bytes.flatMap { EnvelopeView($0) }?.id)
            #expect(held.contains(id))
            noteDeath(of: id)
        }
    }

    /// Two incarnations become one.
    func reconnect() async throws {
        let queue = try #require(Self.queues.randomElement(using: &seed))
        let old = Array(workers.keys.sorted().filter { workers[$0]?.queue == queue }.shuffled(using: &seed).prefix(2))
        for name in old { workers[name] = nil }
        names += 1
        let name = "\(queue.name) \(names)"
        let worker = try await ScriptedWorker(yard, queue, name)
        let found = try await worker.register(over: old)
        workers[name] = worker
        let held = old.flatMap { inFlight.removeValue(forKey: $0)?.jobs ?? [] }
        #expect(Set(found.map(\.id)) == Set(held.map(\.envelope.id)))
        let cancelled = found.indices.filter { jobs[found[$0].id]?.isUnwanted == true }
        if !found.isEmpty {
            inFlight[name] = ScriptedWorker.Taken(
                hint: 0, jobs: found.enumerated().map { ($0, $1) }, cancelled: cancelled)
        }
        for envelope in found { jobs[envelope.id]?.state = .leased(name) }
        try await begin(in: queue)
    }
}
