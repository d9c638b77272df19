import Glibc
import Queue
import Runtime
import TestSupport
import Testing

@testable import queue_test_worker

/// Two workers and a scheduler, one of which is killed now and then, and replaced.
struct RandomKills {
    private let proof: ProofYard
    private var seed: Seed
    private var workers: [TestProcess] = []
    private var scheduler: TestProcess
    /// The processes of those that were killed.
    private(set) var fallen: Set<Int> = []

    init(_ proof: ProofYard, _ seed: Seed) async throws {
        self.proof = proof
        self.seed = seed
        scheduler = try await proof.scheduler(lease: 1200, mortal: 250)
        try await fill()
    }

    private mutating func fill() async throws {
        while workers.count < 2 {
            let loops = Int.random(in: 1...2, using: &seed)
            // How often a job may meet a death is not the subject here.
            workers.append(try await proof.worker(lease: 1200, loops: loops, pace: 2, mortal: 250))
        }
    }

    /// Lets them work for a moment before.
    mutating func killOne() async throws {
        try await Task.sleep(for: .milliseconds(.random(in: 50...900, using: &seed)))
        if Int.random(in: 0..<4, using: &seed) == 0 {
            try await kill(scheduler)
            scheduler = try await proof.scheduler(lease: 1200, mortal: 250)
        } else {
            try await kill(workers.remove(at: .random(in: 0..<workers.count, using: &seed)))
            try await fill()
        }
    }

    private mutating func kill(_ victim: TestProcess) async throws {
        victim.send(SIGKILL)
        try await victim.waitForExit()
        fallen.insert(Int(victim.identifier))
    }

    /// Kills until nothing is left to do.
    mutating func run() async throws {
        var before = 0
        var standstills = 0
        while try await !proof.isDone() {
            try await killOne()
            let done = try await proof.balances().reduce(0) { $0 + $1.done }
            standstills = done > before ? 0 : standstills + 1
            before = done
            // Where the machine is so slow that nobody lives long enough to do anything, they may rest.
            if standstills == 10 { return try await proof.untilDone() }
        }
    }

    /// Lets those that are left end in order.
    func end() async throws {
        for process in workers + [scheduler] { try await proof.end(process) }
    }
}

extension ProofYard {
    /// A part of a long load: half volatile, half durable of both sorts.
    func enqueueMore(_ count: Int, _ portion: Int) async throws -> Set<Int> {
        func numbers(_ sort: Sort, _ share: Int) -> [Int] {
            (0..<count / share).map { sort.number(portion * count / share + $0) }
        }
        let (plain, claimed, bare) = (numbers(.plain, 2), numbers(.durable, 4), numbers(.bare, 4))
        try await yard.queue.enqueueAll(plain.map { PlainEffect(number: $0) })
        try await durable.enqueueAll(claimed.map { PlainEffect(number: $0) })
        try await durable.enqueueAll(bare.map { BareEffect(number: $0) })
        return Set(plain + claimed + bare)
    }

    /// Jobs that want what earlier ones of that sort held; their numbers.
    func enqueueHeirs(of sort: Sort) async throws -> Set<Int> {
        let numbers = (0..<20).map { Sort.plain.number(900_000 + $0) }
        for (index, number) in numbers.enumerated() {
            let key = JobOptions(key: "key \(index % Sort.keys)")
            let answer =
                switch sort {
                case .ordered: try await yard.queue.enqueue(OrderedEffect(number: number), key)
                case .limited: try await yard.queue.enqueue(KeyedEffect(number: number), key)
                default:
                    try await yard.queue.enqueue(PlainEffect(number: number), Self.unique(Sort.unique.number(index)))
                }
            guard case .taken = answer else {
                Issue.record("\(answer): still held")
                continue
            }
        }
        return Set(numbers)
    }
}
