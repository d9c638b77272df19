import Redis
import Runtime

/// One queue as one worker session sees it: its lease, its slots, and what is on its way to Redis.
final class QueueLane {
    struct Finished {
        let slot: Int
        let id: JobID
    }

    /// The end of a run that a script has to write.
    struct Settlement {
        var slot: Int
        let id: JobID
        /// As `SettleScript` names it.
        let outcome: StaticString
        let runAt: Int64
        let envelope: [UInt8]
        /// Its payload lies in a table of its own.
        let hadStoredPayload: Bool
    }

    /// A fetch whose answer has not come.
    struct Fetch {
        let want: Int
        let slots: [Int]
        let finished: [Finished]
        let holdsSuspectSeat: Bool
        /// How often the lane had been woken when it was sent.
        let wakes: Int
    }

    let queue: QueueName
    let keys: QueueKeys
    let weight: Int
    let kinds: [String]
    /// What takes jobs: that of the queue's style, or for a while the one that takes jobs of either.
    private(set) var script: RedisScript

    var lease: Lease?
    /// A registration is under way.
    var isRegistering = false
    /// The connection went with a fetch under way: Redis may have given us jobs that we have not heard of.
    private(set) var isInDoubt = false
    /// Incarnations that may still hold jobs of ours: all that were begun since the last one that answered.
    var unconfirmed: [String] = []
    /// By slot.
    var jobs: [RunningJob?] = []
    var freeSlots: [Int] = []
    var finished: [Finished] = []
    var settlements: [Settlement] = []
    var fetches: [Fetch] = []
    var settling: [[Settlement]] = []
    /// Ended here, but the acknowledgement may be lost: to be said again if the job is found.
    var unacknowledged: Set<JobID> = []
    var unsettled: [JobID: Settlement] = [:]

    /// Jobs that go on here although another process may have them by now.
    var orphans: [RunningJob] = []

    /// What an answer that is being dealt out brought along for a suspect.
    var suspectSeatAtHand = false

    var isAsleep = false
    /// A call that comes while a fetch is on its way may be for what that fetch no longer saw.
    var wakes = 0
    var wakeTimer: TimerToken?
    /// Jobs taken since lower priorities last went first.
    var takenInOrder = 0
    /// What happened to jobs that no handler here is for.
    var strangers = JobTally()

    let strangerMeters: OutcomeMeters
    let fetchErrors: Counter
    let leasesLost: Counter

    init(
        _ queue: QueueName, keys: QueueKeys, weight: Int, kinds: [String],
        meters: WorkerMeters = WorkerMeters(MetricsRegistry())
    ) {
        strangerMeters = meters.outcomes(of: "unknown", in: queue)
        fetchErrors = meters.fetchErrors(in: queue)
        leasesLost = meters.leasesLost(in: queue)
        self.queue = queue
        self.keys = keys
        self.weight = weight
        self.kinds = kinds
        script = queue.style == .plain ? FetchScript.plain : FetchScript.keyed
    }

    /// Jobs wait here as they did before the queue was declared otherwise.
    func serveBothStyles() { script = FetchScript.keyed }

    func serveOwnStyle() { script = queue.style == .plain ? FetchScript.plain : FetchScript.keyed }

    var isRegistered: Bool { lease.map { !$0.isLost } ?? false }

    var hasUnfinishedBusiness: Bool {
        isRegistering || isInDoubt || !finished.isEmpty || !settlements.isEmpty || !fetches.isEmpty || !settling.isEmpty
            || !orphans.isEmpty || !unacknowledged.isEmpty || !unsettled.isEmpty || jobs.contains { $0 != nil }
    }

    // MARK: Slots

    func takeFreeSlot() -> Int {
        if let slot = freeSlots.popLast() { return slot }
        jobs.append(nil)
        return jobs.count - 1
    }

    func put(_ job: RunningJob, in slot: Int) {
        while jobs.count <= slot { jobs.append(nil) }
        jobs[slot] = job
    }

    /// All jobs whose handlers may still be running.
    var runningJobs: [RunningJob] { (jobs.compactMap { $0 } + orphans).filter { !$0.hasEnded } }

    /// The slot's job has ended; the slot itself is free when Redis has heard of it.
    func remove(_ job: RunningJob) {
        orphans.removeAll { $0 === job }
        guard let slot = job.slot, slot < jobs.count, jobs[slot] === job else { return }
        jobs[slot] = nil
    }

    /// Those in slots, whether their handlers have ended or not; the slots are given up with them.
    func takeAll() -> [(slot: Int, job: RunningJob)] {
        let held = jobs.compactMap { job in job.flatMap { job in job.slot.map { ($0, job) } } }
        for (slot, job) in held {
            jobs[slot] = nil
            job.slot = nil
        }
        return held
    }

    // MARK: Endings

    /// While there is no lease the slots are not known either: it waits for the next incarnation to find the job.
    func acknowledge(_ end: Finished) {
        if isRegistered { finished.append(end) } else { unacknowledged.insert(end.id) }
    }

    func settle(_ settlement: Settlement) {
        if isRegistered { settlements.append(settlement) } else { unsettled[settlement.id] = settlement }
    }

    // MARK: A new incarnation

    /// The connection is gone: nothing that was on its way is known to have arrived.
    func forgetConnection() {
        lease?.lose()
        lease = nil
        if fetches.contains(where: { $0.want > 0 }) { isInDoubt = true }
        for fetch in fetches { unacknowledged.formUnion(fetch.finished.map(\.id)) }
        unacknowledged.formUnion(finished.map(\.id))
        for batch in settling { for settlement in batch { unsettled[settlement.id] = settlement } }
        for settlement in settlements { unsettled[settlement.id] = settlement }
        fetches = []
        finished = []
        settling = []
        settlements = []
    }

    /// Gives the jobs that were taken over their new slots; answers those that this process does not know.
    func reconcile(with envelopes: [RedisBytes]) -> [(slot: Int, envelope: RedisBytes)] {
        let held = jobs.compactMap { $0 }
        for job in held { job.slot = nil }
        // The same job may be here twice: its second copy is known by its id alone, too.
        var running = Dictionary(grouping: held, by: \.id)
        jobs = Array(repeating: nil, count: envelopes.count)
        freeSlots = []
        var unknown: [(Int, RedisBytes)] = []
        for (slot, bytes) in envelopes.enumerated() {
            guard let id = EnvelopeView(bytes)?.id else {
                unknown.append((slot, bytes))
                continue
            }
            if let job = running[id]?.popLast() {
                job.slot = slot
                jobs[slot] = job
            } else if unacknowledged.contains(id) {
                finished.append(Finished(slot: slot, id: id))
            } else if var settlement = unsettled[id] {
                settlement.slot = slot
                settlements.append(settlement)
            } else {
                unknown.append((slot, bytes))
            }
        }
        orphans += running.values.joined().filter { !$0.hasEnded }
        unacknowledged = []
        unsettled = [:]
        isInDoubt = false
        return unknown
    }
}
