import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// Queues: how they stand, and what they may.
struct QueueAdminRoutes: Sendable {
    let desk: AdminDesk

    var routes: [APIRoute] {
        [
            .get("/admin/queues", "List the queues and how they stand", access: .admin, list),
            .get("/admin/queues/{queue}", "Show a queue", access: .admin, show),
            .get(
                "/admin/queues/{queue}/kinds", "Show what ran, failed and waited, by kind of job", access: .admin, kinds
            ),
            .post(
                "/admin/queues/{queue}/pause", "Let workers take no more jobs of a queue", access: .admin,
                details: "Those that run go on.", pause),
            .post("/admin/queues/{queue}/resume", "Let workers take jobs again", access: .admin, resume),
            .patch(
                "/admin/queues/{queue}/limits", "Set what a queue may", access: .admin,
                details: "What is not named stays; null takes a limit away.", limit),
            .get("/admin/ledger", "Compare what came into each queue with where it is now", access: .admin, ledger),
            .post(
                "/admin/queues/{queue}/write-off", "Balance the books of a queue", access: .admin,
                errors: [.conflict, .signInAgain],
                details:
                    "What is missing is then lost, what is too much foreign. `difference` is the one that was seen.",
                writeOff),
        ]
    }

    private func list(_ input: NoInput, _ call: Call) async throws -> Page<QueueStanding> {
        Page(try await desk.standings())
    }

    private func show(_ input: QueuePath, _ call: Call) async throws -> QueueStanding {
        try await desk.standing(of: try await desk.queue(input.queue))
    }

    private func kinds(_ input: KindsInput, _ call: Call) async throws -> Page<ShownKind> {
        let queue = try await desk.queue(input.queue)
        let span = input.range.duration
        let kinds =
            span <= StatisticsReader.recent
            ? try await StatisticsReader(redis: desk.redis, prefix: desk.prefix).recent(queue, within: span)
            : try await StatisticsReader.stored(queue, within: span, on: desk.database)
        return Page(kinds.filter { !$0.kind.isEmpty }.map { ShownKind(statistics: $0) })
    }

    // MARK: Acts

    private func pause(_ input: QueuePath, _ call: Call) async throws -> QueueStanding {
        let queue = try await desk.queue(input.queue)
        try await desk.control(queue).pause()
        return try await desk.standing(of: queue)
    }

    private func resume(_ input: QueuePath, _ call: Call) async throws -> QueueStanding {
        let queue = try await desk.queue(input.queue)
        try await desk.control(queue).resume()
        return try await desk.standing(of: queue)
    }

    private func limit(_ input: LimitsInput, _ call: Call) async throws -> QueueStanding {
        let queue = try await desk.queue(input.queue)
        let control = desk.control(queue)
        let changes = input.changes
        if let mistake = try await control.settings().mistake(in: changes) {
            throw Problem.invalid(
                mistake.wireName, .invalid, "a burst means nothing without a rate")
        }
        try await call.keep(
            .object(
                Dictionary(
                    uniqueKeysWithValues: changes.map { limit, value in
                        (limit.wireName, value.flatMap { JSONNumber($0) }.map { .number($0) } ?? .null)
                    })))
        try await control.setLimits(changes)
        return try await desk.standing(of: queue)
    }

    // MARK: Books

    private func ledger(_ input: NoInput, _ call: Call) async throws -> Page<QueueBooks> {
        var books: [QueueBooks] = []
        for queue in await desk.queues.all() {
            let balance = try await Balance.read(QueueKeys(prefix: desk.prefix, queue: queue), from: desk.redis)
            books.append(QueueBooks(queue: queue, balance: balance))
        }
        return Page(books)
    }

    private func writeOff(_ input: WriteOffInput, _ call: Call) async throws -> QueueBooks {
        try call.demandSecondCheck()
        let queue = try await desk.queue(input.queue)
        let keys = QueueKeys(prefix: desk.prefix, queue: queue)
        let balance = try await Balance.read(keys, from: desk.redis)
        try await call.keep(["difference": .number(input.difference)])
        guard balance.difference == input.difference, try await balance.writeOff(keys, in: desk.redis) else {
            throw Problem(.conflict, "The books are off by something else by now")
        }
        return QueueBooks(queue: queue, balance: try await Balance.read(keys, from: desk.redis))
    }
}

struct QueuePath: RouteInput {
    let queue: String
    init(from input: inout InputReader) { queue = input.path("queue", .queueName) }
}

struct KindsInput: RouteInput {
    let queue: String
    let range: StatisticsRange

    init(from input: inout InputReader) {
        queue = input.path("queue", .queueName)
        range = input.query("range", .choice(), default: .hour)
    }
}

struct WriteOffInput: RouteInput {
    let queue: String
    let difference: Int

    init(from input: inout InputReader) {
        queue = input.path("queue", .queueName)
        difference = input.read("difference", .integer())
    }
}

struct LimitsInput: RouteInput {
    let queue: String
    private let concurrency: Change<Int>
    private let rate: Change<Double>
    private let burst: Change<Int>
    private let keyConcurrency: Change<Int>
    private let keyRate: Change<Double>
    private let keyBurst: Change<Int>
    private let maxLength: Change<Int>

    init(from input: inout InputReader) {
        queue = input.path("queue", .queueName)
        concurrency = input.readChange("concurrency", .integer(1...1_000_000_000))
        rate = input.readChange("rate", .number(0.001...1_000_000))
        burst = input.readChange("burst", .integer(1...1_000_000_000))
        keyConcurrency = input.readChange("keyConcurrency", .integer(1...1_000_000_000))
        keyRate = input.readChange("keyRate", .number(0.001...1_000_000))
        keyBurst = input.readChange("keyBurst", .integer(1...1_000_000_000))
        maxLength = input.readChange("maxLength", .integer(1...1_000_000_000))
    }

    var changes: [QueueSettings.Limit: Double?] {
        var changes: [QueueSettings.Limit: Double?] = [:]
        func add(_ limit: QueueSettings.Limit, _ change: Change<Double>) {
            switch change {
            case .keep: break
            case .clear: changes.updateValue(nil, forKey: limit)
            case .set(let value): changes.updateValue(value, forKey: limit)
            }
        }
        func add(_ limit: QueueSettings.Limit, _ change: Change<Int>) {
            switch change {
            case .keep: break
            case .clear: changes.updateValue(nil, forKey: limit)
            case .set(let value): changes.updateValue(Double(value), forKey: limit)
            }
        }
        add(.concurrency, concurrency)
        add(.rate, rate)
        add(.burst, burst)
        add(.keyConcurrency, keyConcurrency)
        add(.keyRate, keyRate)
        add(.keyBurst, keyBurst)
        add(.maxLength, maxLength)
        return changes
    }
}

extension Schema where Value == String {
    static var queueName: Schema { .text(1...64, of: .queueName) }
}

extension Alphabet {
    static let queueName = Alphabet(
        "a"..."z", "0"..."9", and: "_-", description: "small letters, digits, '_' and '-'")
}

/// What ran of one kind of job.
struct ShownKind: Representable {
    let statistics: KindStatistics

    static let representation = Representation<ShownKind>(
        "KindStatistics", "What ran of one kind of job.",
        [
            .member("kind") { $0.statistics.kind },
            .member("done") { $0.statistics.count("done") },
            .member("failed") { $0.statistics.count("failed") },
            .member("retrying") { $0.statistics.count("retrying") },
            .member("dead") { $0.statistics.count("dead") },
            .member("cancelled") { $0.statistics.count("cancelled") },
            .member("expired") { $0.statistics.count("expired") },
            .member("latency") { ShownLatency($0.statistics) },
        ])
}

/// What came into a queue, and where it is now.
struct QueueBooks: Representable {
    let queue: QueueName
    let balance: Balance

    static let representation = Representation<QueueBooks>(
        "QueueBooks", "What came into a queue, and where it is now.",
        [
            .member("queue") { $0.queue.name },
            .member("enqueued") { $0.balance.enqueued },
            .member("repushed", "Pushed again after Redis had lost something.") { $0.balance.repushed },
            .member("foreign", "Written into the queue by something else.") { $0.balance.foreign },
            .member("done") { $0.balance.done },
            .member("dead") { $0.balance.dead },
            .member("cancelled") { $0.balance.cancelled },
            .member("expired") { $0.balance.expired },
            .member("lost", "Was nowhere, and has been written off.") { $0.balance.lost },
            .member("waiting") { $0.balance.waiting },
            .member("leased") { $0.balance.leased },
            .member("difference", "0 when the books balance.") { $0.balance.difference },
        ])
}
