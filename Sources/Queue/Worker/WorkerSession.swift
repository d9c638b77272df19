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
    private var acknowledgeTimer: TimerToken?
    private var nextLane = 0
    private var idleWaiters: [ParkingID] = []

    init(
        name: String, handlers: Handlers, parts: WorkerParts, redis: RedisOptions, options: WorkerOptions,
        leases: LeaseBook, onExhausted: @escaping @Sendable () -> Void
    ) {
        self.name = name
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
                kinds: handlers.kinds(in: queue))
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

    // MARK: Fetching

    /// Few jobs per call are only worth it when nothing else is under way.
    private static let smallestSecondFetch = 16
    private static let largestFetch = 64

    /// Divides the free places between the queues that have work, by weight.
    private func fetch(on domain: isolated LoopDomain) {
        let hungry = lanes.filter { !$0.isAsleep && $0.fetches.count < 2 && $0.lease?.isValid == true }
        guard !hungry.isEmpty else { return }
        var free = options.concurrency - occupied
        let total = hungry.reduce(0) { $0 + $1.weight }
        let share = free
        nextLane += 1
        for offset in hungry.indices {
            guard free > 0 else { return }
            let lane = hungry[(nextLane + offset) % hungry.count]
            let want = min(max(share * lane.weight / total, 1), Self.largestFetch, free)
            if !lane.fetches.isEmpty && want < Self.smallestSecondFetch { continue }
            sendFetch(for: lane, want: want, on: domain)
            free -= want
        }
    }

    /// Says in time that jobs have ended, where no fetch does it on the way.
    private func acknowledge(on domain: isolated LoopDomain) {
        let waiting = lanes.filter { $0.isRegistered && !$0.finished.isEmpty }
        guard !waiting.isEmpty, acknowledgeTimer == nil else { return }
        if state != .running {
            for lane in waiting { sendFetch(for: lane, want: 0, on: domain) }
            return
        }
        acknowledgeTimer = domain.schedule(after: .milliseconds(5)) { [self] in
            acknowledgeTimer = nil
            guard connection != nil else { return }
            for lane in lanes where lane.isRegistered && !lane.finished.isEmpty {
                sendFetch(for: lane, want: 0, on: domain)
            }
        }
    }

    private func sendFetch(for lane: QueueLane, want: Int, on domain: isolated LoopDomain) {
        guard let connection, let lease = lane.lease else { return }
        // A bound on the arguments of the script; what is left goes with the next call.
        let finished = Array(lane.finished.prefix(1000))
        var slots = finished.map(\.slot)
        while slots.count < want { slots.append(lane.takeFreeSlot()) }
        let holdsSeat = want > 0 && parts.suspectSeat.take()
        let fetch = QueueLane.Fetch(
            want: want, slots: slots, finished: finished, holdsSuspectSeat: holdsSeat, wakes: lane.wakes)
        lane.finished.removeFirst(finished.count)
        lane.fetches.append(fetch)
        occupied += want
        let flags = (holdsSeat ? 1 : 0) + (lane.takenInOrder >= 16 ? 2 : 0)
        if flags >= 2 { lane.takenInOrder = 0 }
        if FaultPoint.fetchSending.pass() { return connection.close() }
        connection.send(on: domain) { writer in
            lane.script.begin(keys: 1, expecting: slots.count + 7, to: &writer)
            writer.append(lane.keys.base)
            writer.append(lease.incarnation)
            writer.append(want)
            writer.append(fetch.finished.count)
            writer.append(flags)
            if want > 0 { writer.append(wakeChannel) } else { writer.append("") }
            for slot in slots { writer.append(slot) }
        } then: { [self] result in
            received(result, for: lane, under: lease, on: domain)
        }
    }

    private func received(
        _ result: Result<RedisValue, RedisError>, for lane: QueueLane, under lease: Lease,
        on domain: isolated LoopDomain
    ) {
        guard lane.lease === lease, !lane.fetches.isEmpty else { return }
        if case .failure(let error) = result { return failed(error, lane, on: domain) }
        if FaultPoint.fetchAnswered.pass() { return connection?.close() ?? () }
        guard case .success(.array(let answer)) = result, answer.count >= 2 else {
            return failed(.unexpectedReply(wanted: "jobs", got: "something else"), lane, on: domain)
        }
        let fetch = lane.fetches.removeFirst()
        occupied -= fetch.want
        lane.suspectSeatAtHand = fetch.holdsSuspectSeat
        let marks = answer[1].bytes ?? RedisBytes()
        let count = answer.count - 2
        lane.takenInOrder += count
        lane.freeSlots.append(contentsOf: fetch.slots[count...])
        if count == 0, fetch.want > 0 { noteEmpty(fetch, lane, hint: answer[0].int ?? -1, on: domain) }
        var taken: [(Int, RedisBytes)] = []
        taken.reserveCapacity(count)
        for index in 0..<count {
            if let bytes = answer[2 + index].bytes { taken.append((fetch.slots[index], bytes)) }
        }
        let cancelled = Set(marks.indices(of: UInt8(ascii: "1")).map { fetch.slots[$0] })
        start(taken, cancelled: cancelled, in: lane, on: domain)
        if exchange(&lane.suspectSeatAtHand, with: false) { parts.suspectSeat.leave() }
        needsFlush(on: domain)
    }

    private func failed(_ error: RedisError, _ lane: QueueLane, on domain: isolated LoopDomain) {
        if error.code == "LOST" { return lost(lane, on: domain) }
        // A fetch whose fate is unknown, or that the server could not run: only a new incarnation makes it certain.
        logger.warning("fetch failed", ["queue": .string(lane.queue.name), "error": .error(error)])
        connection?.close()
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

extension RedisBytes {
    fileprivate func indices(of byte: UInt8) -> [Int] {
        withUnsafeBytes { bytes in bytes.indices.filter { bytes[$0] == byte } }
    }
}
