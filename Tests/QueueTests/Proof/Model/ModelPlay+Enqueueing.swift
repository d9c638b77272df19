import Runtime
import Testing

@testable import Queue

/// What comes in.
extension ModelPlay {
    func enqueueVolatile() async throws {
        let wish = randomWish()
        let answer = try await yard.queue.enqueue(try prepared(wish))
        let owner = owner(of: wish, isDurable: false)
        switch answer {
        case .taken(let id):
            #expect(owner == nil || wish.isDebounced && owner?.state != .scheduled)
            add(id, wish)
        case .duplicate(let other): #expect(other == owner?.id && !wish.isDebounced)
        case .replaced(let earlier, let id):
            #expect(wish.isDebounced && owner?.state == .scheduled && earlier == owner?.id)
            replace(earlier)
            add(id, wish)
        }
    }

    func enqueueDurable() async throws {
        var wish = randomWish()
        // After a flush rows are pushed as they were written, so it would be open which of two debounced ones stays.
        if isFlushed && wish.isDebounced { (wish.unique, wish.isDebounced) = (nil, false) }
        let job = try prepared(wish)
        try await durable.enqueue(job)
        await durable.pusher.untilIdle()
        guard let owner = owner(of: wish, isDurable: true) else { return addDurable(job.id, wish) }
        guard wish.isDebounced else { return }
        if owner.state == .scheduled {
            replace(owner.id)
            // Its row went as that of a duplicate, if it had one.
            noteRowEnd(of: owner.id, as: .done)
        }
        addDurable(job.id, wish)
    }

    func enqueueBatch() async throws {
        let wishes = (0..<Int.random(in: 1...6, using: &seed)).map { _ in randomWish(isSimple: true) }
        let members = try wishes.map { try prepared($0) }
        let ends = [randomWish(isSimple: true), randomWish(isSimple: true)]
        let callbacks = try ends.map { try prepared($0) }
        let id = try await durable.transaction { transaction in
            let id = try await transaction.openBatch(
                "model", BatchCallbacks(onComplete: callbacks[0], onSuccess: callbacks[1]))
            try await transaction.enqueueAll(members, in: id)
            try await transaction.seal(id)
            return id
        }
        await durable.pusher.untilIdle()
        for (job, wish) in zip(members, wishes) {
            addDurable(job.id, wish)
            jobs[job.id]?.batch = batches.count
        }
        batches.append(
            ModelBatch(
                id: id, members: Set(members.map(\.id)), onComplete: (callbacks[0].id, ends[0]),
                onSuccess: (callbacks[1].id, ends[1])))
    }

    func enqueueChain() async throws {
        let wishes = (0..<Int.random(in: 1...4, using: &seed)).map { _ in randomWish(isSimple: true) }
        let steps = try wishes.map { try prepared($0) }
        let id = try await durable.enqueueChain("model", steps)
        await durable.pusher.untilIdle()
        addDurable(steps[0].id, wishes[0])
        jobs[steps[0].id]?.chain = chains.count
        chains.append(ModelChain(id: id, ahead: zip(steps, wishes).dropFirst().map { ($0.id, $1) }))
    }

    // MARK: In the model

    private func randomWish(isSimple: Bool = false) -> ModelWish {
        var wish = ModelWish(queue: Self.queues.randomElement(using: &seed) ?? Plain.queue)
        if wish.queue.style != .plain { wish.key = "key \(Int.random(in: 0..<4, using: &seed))" }
        wish.priority = Priority.allCases.randomElement(using: &seed) ?? .normal
        guard !isSimple else { return wish }
        wish.isLater = Int.random(in: 0..<5, using: &seed) == 0
        switch Int.random(in: 0..<8, using: &seed) {
        case 0, 1: wish.unique = "u\(Int.random(in: 0..<6, using: &seed))"
        case 2:
            wish.unique = "d\(Int.random(in: 0..<4, using: &seed))"
            wish.isDebounced = true
            wish.isLater = Int.random(in: 0..<4, using: &seed) > 0
        default: break
        }
        return wish
    }

    private func prepared(_ wish: ModelWish) throws -> PreparedJob {
        let unique = wish.unique.map { wish.isDebounced ? Uniqueness.debounce($0) : .untilDone($0) }
        let options = JobOptions(
            runAt: wish.isLater ? .now + .hours(1) : nil, unique: unique, key: wish.key, priority: wish.priority)
        return switch wish.queue {
        case Keyed.queue: try yard.queue.encoder.prepare(Keyed(number: 0), options)
        case Ordered.queue: try yard.queue.encoder.prepare(Ordered(number: 0), options)
        default: try yard.queue.encoder.prepare(Plain(number: 0), options)
        }
    }

    func owner(of wish: ModelWish, isDurable: Bool) -> ModelJob? {
        wish.claim(isDurable: isDurable).flatMap { owners[$0] }.flatMap { jobs[$0] }
    }

    func add(_ id: JobID, _ wish: ModelWish, isDurable: Bool = false) {
        jobs[id] = ModelJob(id: id, wish: wish, state: wish.isLater ? .scheduled : .waiting)
        jobs[id]?.isDurable = isDurable
        order.append(id)
        if let claim = wish.claim(isDurable: isDurable) { owners[claim] = id }
        books[wish.queue]?.entered += 1
    }

    /// What is far ahead waits in PostgreSQL, unless it has to take a key.
    func addDurable(_ id: JobID, _ wish: ModelWish) {
        add(id, wish, isDurable: true)
        jobs[id]?.hasRow = true
        jobs[id]?.isRowLater = wish.isLater
        guard wish.isLater, wish.unique == nil else { return }
        jobs[id]?.state = .remote
        books[wish.queue]?.entered -= 1
    }

    /// Whatever it held is free.
    func end(_ id: JobID, _ state: ModelJob.State = .over) {
        jobs[id]?.end(state)
        if let claim = jobs[id]?.claim, owners[claim] == id { owners[claim] = nil }
    }

    private func replace(_ earlier: JobID) {
        guard let job = jobs[earlier] else { return }
        books[job.queue]?.cancelled += 1
        end(earlier)
    }
}
