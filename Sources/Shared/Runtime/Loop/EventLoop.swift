import CSystem
import Glibc
import Synchronization

/// One thread with one epoll set, which runs tasks as well as events: at once a serial and a task executor.
///
/// Everything that the loop owns is isolated to its `domain`. A loop is never freed: jobs hold it unretained.
public final class EventLoop: SerialExecutor, TaskExecutor {
    private struct Inbox: ~Copyable {
        var jobs: [UnownedJob] = []
        var actions: [Action] = []
        var isSignalled = false
        var isStopped = false

        /// Whether the caller has to wake the loop: once per burst, never after the end.
        mutating func signal() -> Bool {
            if isSignalled || isStopped { return false }
            isSignalled = true
            return true
        }
    }

    private typealias Action = @Sendable (isolated LoopDomain) -> Void

    public let index: Int
    private let poller: Poller
    private let inbox = Mutex(Inbox())
    private let mustStop = Atomic<Bool>(false)
    private let busySinceNanoseconds = Atomic<UInt64>(0)
    private let finished = Semaphore()

    // Safe: only touched by the loop's own thread (`enqueue` checks, the rest is called from `run`).
    nonisolated(unsafe) private var readyJobs = JobRing()
    // Safe: written once in `init`, before anything else can see the loop.
    nonisolated(unsafe) private var ownDomain: LoopDomain?

    /// Makes a loop and starts its thread.
    public init(index: Int = 0) {
        self.index = index
        poller = Poller()
        ownDomain = LoopDomain(loop: self, poller: poller)
        Thread.start(name: "loop-\(index)") { [self] in run() }
    }

    public var domain: LoopDomain {
        guard let ownDomain else { preconditionFailure("a loop has its domain from the start") }
        return ownDomain
    }

    /// The loop whose thread this is.
    public static var current: EventLoop? {
        guard let loop = csystem_current_loop() else { return nil }
        return Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue()
    }

    public var isCurrent: Bool { csystem_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

    /// For how long the present turn has been running; nil while the loop waits for events.
    public var busyTime: Duration? {
        let since = busySinceNanoseconds.load(ordering: .relaxed)
        return since == 0 ? nil : MonotonicTime.now - MonotonicTime(nanoseconds: since)
    }

    // MARK: Work from outside

    /// Starts a root task whose code runs on this loop, also after every suspension.
    @discardableResult
    public func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self, operation: body)
    }

    /// The same, from the loop's own thread: `body` runs inside this call until it waits for the first time.
    ///
    /// A task started with `Task.immediate` in isolated code would inherit that isolation, and hop at its first call.
    @discardableResult
    public func spawnImmediately(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        precondition(isCurrent, "not on event loop \(index)")
        return Task.immediate(executorPreference: self) { await body() }
    }

    /// Runs `body` in the loop's domain: at once when called on the loop, else in its next turn.
    public func execute(_ body: @escaping @Sendable (isolated LoopDomain) -> Void) {
        if isCurrent { return domain.assumeIsolated { body($0) } }
        let mustWake = inbox.withLock { inbox in
            inbox.actions.append(body)
            return inbox.signal()
        }
        if mustWake { poller.wake() }
    }

    /// Ends the loop after its present turn and waits until its thread is gone. What is enqueued later never runs.
    public func stop() {
        precondition(!isCurrent, "a loop cannot wait for its own end")
        mustStop.store(true, ordering: .releasing)
        poller.wake()
        finished.wait()
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { return readyJobs.append(job) }
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            return inbox.signal()
        }
        if mustWake { poller.wake() }
    }

    public func checkIsolated() { precondition(isCurrent, "not on event loop \(index)") }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: The thread

    /// How many jobs run before events are looked at again, so that a task that always has more to do starves nobody.
    private static let jobsPerTurn = 1024

    private func run() {
        csystem_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        while !mustStop.load(ordering: .acquiring) {
            runJobs()
            domain.assumeIsolated { domain in
                domain.runAfterwards()
                domain.flushSources()
                // Looked at after the flush: a write that fails resumes its waiters.
                let timeout = readyJobs.count > 0 ? 0 : domain.millisecondsToNextTimer()
                if timeout != 0 { busySinceNanoseconds.store(0, ordering: .relaxed) }
                domain.poll(timeout: timeout)
            }
            busySinceNanoseconds.store(MonotonicTime.now.nanoseconds, ordering: .relaxed)
            domain.assumeIsolated { $0.dispatchEvents() }
            // After the alarm was silenced: what comes in between is found here, what comes later rings it again.
            emptyInbox()
            domain.assumeIsolated { $0.fireTimers() }
        }
        csystem_set_current_loop(nil)
        inbox.withLock { $0.isStopped = true }
        poller.close()
        finished.signal()
    }

    private func runJobs() {
        let serial = asUnownedSerialExecutor()
        let task = asUnownedTaskExecutor()
        for _ in 0..<Self.jobsPerTurn {
            guard let job = readyJobs.popFirst() else { return }
            // Both executors: a same-loop call must not enqueue again.
            job.runSynchronously(isolatedTo: serial, taskExecutor: task)
        }
    }

    private func emptyInbox() {
        let (jobs, actions) = inbox.withLock { inbox in
            defer {
                inbox.jobs.removeAll(keepingCapacity: inbox.jobs.count < 4096)
                inbox.actions = []
                inbox.isSignalled = false
            }
            for job in inbox.jobs { readyJobs.append(job) }
            return (inbox.jobs.count, inbox.actions)
        }
        guard jobs > 0 || !actions.isEmpty else { return }
        domain.assumeIsolated { domain in
            for action in actions { action(domain) }
        }
    }
}
