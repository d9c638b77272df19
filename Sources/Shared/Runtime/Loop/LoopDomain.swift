import CSystem

/// The isolation domain of one loop: whatever is only reached with `isolated LoopDomain` belongs to that loop's thread,
/// proved by the compiler, without a lock.
public actor LoopDomain {
    /// Runs in the domain: a closure made there stays isolated to it.
    public typealias TimerAction = () -> Void

    private struct Slot {
        var source: (any IOSource)?
        var generation: UInt32 = 0
        var interest: IOEvents = []
    }

    public nonisolated let loop: EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Shared by all sources of the loop: read here, and copy only what has to wait for more.
    public let scratch: UnsafeMutableRawBufferPointer
    /// When the present turn began.
    // Read by every call of every client, and only written between events: a run-time check of exclusive access finds nothing.
    @exclusivity(unchecked) public private(set) var now = MonotonicTime.now

    private let poller: Poller
    private let events: UnsafeMutableBufferPointer<epoll_event>
    private var eventCount = 0
    /// Indexed by descriptor.
    private var slots: [Slot] = []
    // Looked at in every turn and by every call; taken out whole before anybody is called.
    /// What `afterwards` was given in this turn.
    @exclusivity(unchecked) private var afterwards: [TimerAction] = []
    @exclusivity(unchecked) private var toFlush: [any IOSource] = []
    @exclusivity(unchecked) private var flushing: [any IOSource] = []
    /// First in, first out; those before `bulkFlushed` had their turn.
    @exclusivity(unchecked) private var bulk: [any IOSource] = []
    @exclusivity(unchecked) private var bulkFlushed = 0
    private var timers = TimerQueue<TimerAction>()
    private var parked = ParkedTasks()

    init(loop: EventLoop, poller: Poller) {
        self.loop = loop
        self.poller = poller
        // Never freed, like the loop itself.
        scratch = .allocate(byteCount: 64 * 1024, alignment: 64)
        events = .allocate(capacity: 256)
    }

    // MARK: Descriptors

    /// From now on `source` hears of what `descriptor` is ready for. The source stays alive until it is deregistered.
    public func register(
        _ source: any IOSource, descriptor: Int32, interest: IOEvents
    ) throws(SystemError) -> IORegistration {
        while slots.count <= Int(descriptor) { slots.append(Slot()) }
        let registration = IORegistration(
            descriptor: descriptor, generation: slots[Int(descriptor)].generation &+ 1)
        try poller.add(registration, interest)
        slots[Int(descriptor)] = Slot(source: source, generation: registration.generation, interest: interest)
        return registration
    }

    public func setInterest(_ interest: IOEvents, of registration: IORegistration) {
        let slot = Int(registration.descriptor)
        guard isCurrent(registration), slots[slot].interest != interest else { return }
        slots[slot].interest = interest
        // Only fails when the descriptor was closed behind our back, which its owner notices by itself.
        try? poller.change(registration, to: interest)
    }

    /// Must come before the descriptor is closed.
    public func deregister(_ registration: IORegistration) {
        guard isCurrent(registration) else { return }
        slots[Int(registration.descriptor)].source = nil
        poller.remove(registration)
    }

    /// Calls `action` when all that is under way has ended, still before this turn's output is sent: for what must not
    /// be called from within something else.
    public func afterwards(_ action: @escaping TimerAction) { afterwards.append(action) }

    public func flushAtEndOfTurn(_ source: any IOSource) { toFlush.append(source) }

    /// The same for a source of which thousands may ask in one turn, as a broadcast makes them: only so many of them
    /// have their flush in each turn, and whatever else the loop does goes on in between.
    public func flushInBulk(_ source: any IOSource) { bulk.append(source) }

    private func isCurrent(_ registration: IORegistration) -> Bool {
        let slot = Int(registration.descriptor)
        return slot < slots.count && slots[slot].generation == registration.generation && slots[slot].source != nil
    }

    // MARK: Timers

    /// Calls `action` once, after `delay`; at the earliest in the next turn.
    @discardableResult
    public func schedule(after delay: Duration, _ action: @escaping TimerAction) -> TimerToken {
        timers.insert(at: MonotonicTime.now + delay, action)
    }

    public func cancel(_ token: TimerToken) { timers.remove(token) }

    public var timerCount: Int { timers.count }

    // MARK: Waiting tasks

    /// Waits on the loop's own timers; ends early, throwing `CancellationError`, when the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        do { try await park(within: duration) { _ in } } catch is TimeLimitExceeded {}
    }

    /// Suspends the calling task until `unpark` is called with the id that `began` was given. Throws
    /// `TimeLimitExceeded` when that takes longer than `limit`, `CancellationError` when the task is cancelled.
    public func park(within limit: Duration?, _ began: (ParkingID) -> Void) async throws {
        let id = parked.newID()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                let timer = limit.map { limit in
                    schedule(after: limit) { self.unpark(id, throwing: TimeLimitExceeded(limit: limit)) }
                }
                parked.add(id, timer, continuation)
                began(id)
            }
        } onCancel: {
            loop.execute { $0.unpark(id, throwing: CancellationError()) }
        }
    }

    /// Lets a parked task go on; false when it already did.
    @discardableResult
    public func unpark(_ id: ParkingID, throwing error: (any Error)? = nil) -> Bool {
        guard let task = parked.take(id) else { return false }
        if let timer = task.timer { timers.remove(timer) }
        if let error { task.continuation.resume(throwing: error) } else { task.continuation.resume() }
        return true
    }

    // MARK: A turn, called by the loop

    /// What is asked for meanwhile has its time in the next turn, which then begins at once.
    func runAfterwards() {
        guard !afterwards.isEmpty else { return }
        for action in exchange(&afterwards, with: []) { action() }
    }

    func flushSources() {
        swap(&toFlush, &flushing)
        for source in flushing { source.flush(on: self) }
        flushing.removeAll(keepingCapacity: true)
        if bulkFlushed < bulk.count { flushBulk() }
    }

    /// About two milliseconds of system calls.
    private static let bulkPerTurn = 256

    private func flushBulk() {
        let end = min(bulk.count, bulkFlushed + Self.bulkPerTurn)
        while bulkFlushed < end {
            bulk[bulkFlushed].flush(on: self)
            bulkFlushed += 1
        }
        // Also where new ones keep coming, the places of the old do not pile up.
        guard bulkFlushed > bulk.count / 2 else { return }
        bulk.removeFirst(bulkFlushed)
        bulkFlushed = 0
    }

    /// How long the loop may wait for events; -1 without end.
    func millisecondsToNextTimer() -> Int32 {
        if !toFlush.isEmpty || !bulk.isEmpty || !afterwards.isEmpty { return 0 }
        guard let deadline = timers.nextDeadline else { return -1 }
        let now = MonotonicTime.now
        guard deadline > now else { return 0 }
        return Int32(min((deadline.nanoseconds - now.nanoseconds + 999_999) / 1_000_000, 60_000))
    }

    func poll(timeout: Int32) {
        eventCount = max(0, Int(epoll_wait(poller.epoll, events.baseAddress, Int32(events.count), timeout)))
        now = .now
    }

    func dispatchEvents() {
        for position in 0..<eventCount {
            let event = events[position]
            if event.data.u64 == Poller.alarmToken {
                poller.silenceAlarm()
                continue
            }
            let registration = IORegistration(token: event.data.u64)
            guard isCurrent(registration) else { continue }
            slots[Int(registration.descriptor)].source?.ready(IOEvents(rawValue: event.events), on: self)
        }
        eventCount = 0
    }

    /// How many timers fire before events are looked at again.
    private static let timersPerTurn = 1024

    func fireTimers() {
        for _ in 0..<Self.timersPerTurn {
            guard let action = timers.popDue(at: now) else { return }
            action()
        }
    }
}
