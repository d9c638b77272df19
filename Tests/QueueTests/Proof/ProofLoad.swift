import Queue
import Runtime

@testable import queue_test_worker

/// What a proof lets run. Its number says of which sort a job is: a million for each.
enum Sort: Int, CaseIterable {
    case plain, ordered, unique, limited, due, flaky, largeVolatile
    case durable, bare, large, chain, batch, callback

    init?(number: Int) { self.init(rawValue: number / 1_000_000) }

    static let volatileOnes: [Sort] = [.plain, .ordered, .unique, .limited, .due, .flaky, .largeVolatile]
    static let durableOnes: [Sort] = [.durable, .bare, .large, .chain, .batch]

    func number(_ index: Int) -> Int { rawValue * 1_000_000 + index }

    var isDurable: Bool { rawValue >= Sort.durable.rawValue }

    /// Of the jobs that one call of `enqueue` makes.
    func numbers(_ count: Int) -> Set<Int> { Set((0..<count).map(number)) }

    /// How often the job of that number fails before it succeeds.
    static func failures(of number: Int) -> Int { Sort(number: number) == .flaky ? number % 3 : 0 }

    static let keys = 3
    static let steps = 3
    static let placesOfQueue = 8
    static let placesOfKey = 2
}

extension ProofYard {
    /// So many jobs of each sort; their numbers.
    func enqueue(_ count: Int, of sorts: [Sort] = Sort.volatileOnes + Sort.durableOnes) async throws -> Set<Int> {
        var numbers: Set<Int> = []
        for sort in sorts {
            try await enqueue(count, of: sort)
            numbers.formUnion(sort.numbers(count))
            if sort == .batch { numbers.formUnion(Sort.callback.numbers(2)) }
        }
        return numbers
    }

    private func enqueue(_ count: Int, of sort: Sort) async throws {
        let numbers = (0..<count).map(sort.number)
        let filler = String(repeating: "x", count: 20_000)
        switch sort {
        case .plain: try await yard.queue.enqueueAll(numbers.map { PlainEffect(number: $0) })
        case .due:
            let soon = JobOptions(runAt: .now + .milliseconds(400))
            try await yard.queue.enqueueAll(numbers.map { PlainEffect(number: $0) }, soon)
        case .flaky:
            try await yard.queue.enqueueAll(numbers.map { PlainEffect(number: $0, failures: Sort.failures(of: $0)) })
        case .largeVolatile: try await yard.queue.enqueueAll(numbers.map { PlainEffect(number: $0, filler: filler) })
        case .ordered, .unique, .limited: try await enqueueManaged(numbers, of: sort)
        case .durable: try await durable.enqueueAll(numbers.map { PlainEffect(number: $0) })
        case .bare: try await durable.enqueueAll(numbers.map { BareEffect(number: $0) })
        case .large: try await durable.enqueueAll(numbers.map { PlainEffect(number: $0, filler: filler) })
        case .chain: try await enqueueChains(numbers)
        case .batch: try await enqueueBatch(numbers)
        case .callback: break
        }
    }

    private func enqueueManaged(_ numbers: [Int], of sort: Sort) async throws {
        if sort == .limited {
            try await yard.control(
                KeyedEffect.queue, ["concurrency": "\(Sort.placesOfQueue)", "keyconcurrency": "\(Sort.placesOfKey)"])
        }
        let encoder = yard.queue.encoder
        _ = try await yard.queue.enqueueAll(
            numbers.map { number in
                let options = JobOptions(key: "key \(number % Sort.keys)")
                return switch sort {
                case .ordered: try encoder.prepare(OrderedEffect(number: number), options)
                case .limited: try encoder.prepare(KeyedEffect(number: number), options)
                default: try encoder.prepare(PlainEffect(number: number), Self.unique(number))
                }
            })
    }

    static func unique(_ number: Int) -> JobOptions { JobOptions(unique: .untilDone("\(number)")) }

    /// Each over three queues.
    private func enqueueChains(_ numbers: [Int]) async throws {
        for start in stride(from: 0, to: numbers.count, by: Sort.steps) {
            let steps = numbers[start..<min(start + Sort.steps, numbers.count)]
            let key = JobOptions(key: "chain \(start % 16)")
            try await durable.enqueueChain("chain", try steps.enumerated().map { try step($1, $0, key) })
        }
    }

    private func step(_ number: Int, _ place: Int, _ options: JobOptions) throws -> PreparedJob {
        switch place {
        case 0: try yard.queue.encoder.prepare(PlainEffect(number: number))
        case 1: try yard.queue.encoder.prepare(OrderedEffect(number: number), options)
        default: try yard.queue.encoder.prepare(BareEffect(number: number))
        }
    }

    /// One over two queues, with callbacks in both.
    private func enqueueBatch(_ numbers: [Int]) async throws {
        let encoder = yard.queue.encoder
        let jobs = try numbers.map { number in
            number % 2 == 0
                ? try encoder.prepare(PlainEffect(number: number)) : try encoder.prepare(BareEffect(number: number))
        }
        let callbacks = BatchCallbacks(
            onComplete: try encoder.prepare(BareEffect(number: Sort.callback.number(0))),
            onSuccess: try encoder.prepare(PlainEffect(number: Sort.callback.number(1))))
        try await durable.transaction { transaction in
            let batch = try await transaction.openBatch("batch", callbacks)
            try await transaction.enqueueAll(jobs, in: batch)
            try await transaction.seal(batch)
        }
    }
}
