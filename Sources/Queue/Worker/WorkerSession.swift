import Redis
import Runtime

/// A worker's part on one loop: one connection, the lanes of its queues, and the jobs that run here.
///
/// Everything that happens changes some lane and then asks for `flush` at the end of the turn, where settlements and
/// fetches go out together.
final class WorkerSession: IOSource {
    enum State {
        case starting
        case running
        /// Takes no more jobs, ends what it has.
        case quiet
        case stopped
    }

    let options: WorkerOptions
    let handlers: Handlers
    let parts: WorkerParts
    let redisOptions: RedisOptions
    let leases: LeaseBook
    let name: String
    let logger: Logger
    let lanes: [QueueLane]

    var state = State.starting
    var connection: RedisConnection?
    /// Names this session outside its loop.
    weak var anchor: LoopBound<WorkerSession>?
    var endWaiter: ParkingID?
    private(set) var incarnations = 0
    /// Places taken: jobs that run, fetches under way, handlers that never came back.
    var occupied = 0
    var burnt = 0
    var abandoned = 0
    /// What happened since the last report, by the place of the handler.
    var tallies: [JobTally]
    let kindMeters: [KindMeters]
    var finishing = DurableFinishing()
    /// Tells the process that it should make way for a fresh one.
    let onExhausted: @Sendable () -> Void

    /// The jobs that run here, by the place that their runs name.
    var places: [RunningJob?] = []
    private var freePlaces: [Int] = []
    /// Accepted and not begun.
    var toLaunch: ArraySlice<JobRunner.Work> = []
    /// What the active runner has begun and not ended.
    var launched: JobRunner.Work?
    /// The runner that has not waited yet; 0 when there is none.
    var activeRunner = 0
    var runners = 0

    private var isFlushQueued = false
    var acknowledgeTimer: TimerToken?
    /// Whose turn it is to have the first of the free places.
    var nextLane = 0
    private var idleWaiters: [ParkingID] = []

    init(
        name: String, handlers: Handlers, parts: WorkerParts, redis: RedisOptions, options: WorkerOptions,
        leases: LeaseBook, meters: WorkerMeters, onExhausted: @escaping @Sendable () -> Void
    ) {
        self.name = name
        tallies = handlers.all.map { _ in JobTally() }
        kindMeters = handlers.all.map { meters.kind($0.kind, in: $0.queue) }
        self.onExhausted = onExhausted
        self.handlers = handlers
        self.parts = parts
        self.options = options
        self.leases = leases
        redisOptions = redis
        logger = parts.logger.part("worker")
        lanes = handlers.queues.map { queue in
            QueueLane(
                queue, keys: parts.queue.keys(of: queue), weight: options.weights[queue] ?? 1,
                kinds: handlers.kinds(in: queue), meters: meters)
        }
    }

    var wakeChannel: String { "\(parts.queue.prefix)wake:\(name)" }

    func newIncarnation() -> String {
        incarnations += 1
        return "\(name).\(incarnations)"
    }

    func freePlace() -> Int {
        if let place = freePlaces.popLast() { return place }
        places.append(nil)
        return places.count - 1
    }

    /// The handler has come back: nothing refers to the place any more.
    func vacate(_ place: Int) {
        places[place] = nil
        freePlaces.append(place)
    }

    // MARK: Turns

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) {}

    func needsFlush(on domain: isolated LoopDomain) {
        guard !isFlushQueued else { return }
        isFlushQueued = true
        domain.flushAtEndOfTurn(self)
    }

    func flush(on domain: isolated LoopDomain) {
        isFlushQueued = false
        finishDurable(on: domain)
        if connection != nil {
            for lane in lanes where lane.isRegistered { sendSettlements(of: lane, on: domain) }
            if state == .running { fetch(on: domain) }
            acknowledge(on: domain)
        }
        tellIdle(on: domain)
    }

    // MARK: Being idle

    private func tellIdle(on domain: isolated LoopDomain) {
        guard !idleWaiters.isEmpty, isIdle else { return }
        for waiter in idleWaiters { domain.unpark(waiter) }
        idleWaiters = []
    }

    var isIdle: Bool { finishing.isEmpty && !lanes.contains { $0.hasUnfinishedBusiness } }

    /// Waits until nothing runs and everything has been said; false when that takes longer than `limit`.
    func becomesIdle(within limit: Duration, on domain: isolated LoopDomain) async -> Bool {
        if isIdle { return true }
        do {
            try await domain.park(within: limit) { idleWaiters.append($0) }
            return true
        } catch { return isIdle }
    }
}
