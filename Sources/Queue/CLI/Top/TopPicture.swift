import Queue
import Redis
import Runtime

/// All that `top` shows, as it was at one moment.
struct TopPicture: Sendable {
    let time: Timestamp
    let taken: MonotonicTime
    let queues: [QueueName]
    let standings: [QueueStanding]
    let workers: [WorkerView]
    /// Since the picture before: by the ledger, so exact. The statistics' figure where there was none.
    let donePerSecond: [String: Double]
    let redis: String

    /// Names of queues are looked for with every tenth picture only: that walks over all keys.
    static func take(_ session: Session, after last: TopPicture?, lookForQueues: Bool = true) async throws -> TopPicture
    {
        let queues: [QueueName]
        if let last, !lookForQueues { queues = last.queues } else { queues = try await session.directory().queues() }
        let standings = try await QueueStanding.read(queues, session)
        let taken = MonotonicTime.now
        let memory = try await session.redis().call("INFO", "memory").expectString()
        var rates: [String: Double] = [:]
        for standing in standings {
            rates[standing.name] = rate(of: standing, since: last, now: taken) ?? standing.overview.donePerSecond
        }
        return TopPicture(
            time: .now, taken: taken, queues: queues, standings: standings,
            workers: try await session.workers().workers(),
            donePerSecond: rates, redis: "\(session.redisPlace), \(used(in: memory))")
    }

    private static func rate(of standing: QueueStanding, since last: TopPicture?, now: MonotonicTime) -> Double? {
        guard let last, let before = last.standings.first(where: { $0.name == standing.name }) else { return nil }
        let done = standing.overview.balance.done - before.overview.balance.done
        return max(0, Double(done)) / max((now - last.taken).inSeconds, 0.001)
    }

    private static func used(in memory: String) -> String {
        let line = memory.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return Figures.bytes(line.flatMap { Int($0.dropFirst(12)) } ?? 0)
    }
}

/// What `top` shows and how.
struct TopState: Sendable {
    enum Order: String, Sendable, CaseIterable {
        case name, ready, due, leased, dead, oldest, done
    }

    private(set) var picture: TopPicture
    private(set) var isHeld = false
    private(set) var order = Order.name
    private(set) var selected: String?
    /// Done per second of all queues, the newest last.
    private(set) var history: [Double] = []
    /// Why there is no newer picture.
    private(set) var failure: String?
    private var looks = 0

    init(_ picture: TopPicture) { self.picture = picture }

    /// Goes on showing the last picture while a store is away.
    mutating func look(_ session: Session) async {
        looks += 1
        do {
            picture = try await TopPicture.take(
                session, after: picture, lookForQueues: looks.isMultiple(of: 10) || picture.queues.isEmpty)
            history.append(picture.donePerSecond.values.reduce(0, +))
            if history.count > 60 { history.removeFirst() }
            failure = nil
        } catch {
            failure = "\(error)"
        }
    }

    mutating func press(_ key: TopEvents.Key) {
        switch key {
        case .quit: break
        case .hold: isHeld.toggle()
        case .up: select(by: -1)
        case .down: select(by: 1)
        case .left: turn(by: -1)
        case .right: turn(by: 1)
        }
    }

    private mutating func select(by step: Int) {
        let names = sorted.map(\.name)
        guard !names.isEmpty else { return }
        let place = selected.flatMap { names.firstIndex(of: $0) }
        selected = names[min(max((place ?? (step > 0 ? -1 : names.count)) + step, 0), names.count - 1)]
    }

    private mutating func turn(by step: Int) {
        let all = Order.allCases
        let place = (all.firstIndex(of: order) ?? 0) + step
        order = all[(place + all.count) % all.count]
    }

    /// The largest first; names from the front.
    var sorted: [QueueStanding] {
        picture.standings.sorted { one, other in
            let (left, right) = (weight(of: one), weight(of: other))
            return left == right ? one.name < other.name : left > right
        }
    }

    private func weight(of standing: QueueStanding) -> Double {
        let overview = standing.overview
        return switch order {
        case .name: 0
        case .ready: Double(overview.balance.ready)
        case .due: Double(overview.balance.due)
        case .leased: Double(overview.balance.leased)
        case .dead: Double(standing.dead)
        case .oldest: overview.oldestReady.map { (picture.time - $0).inSeconds } ?? -1
        case .done: picture.donePerSecond[standing.name] ?? 0
        }
    }
}
