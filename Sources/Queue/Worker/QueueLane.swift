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
    }

    let queue: QueueName
    let keys: QueueKeys
    let weight: Int
    let kinds: [String]
    let script: RedisScript

    var lease: Lease?
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

    var isAsleep = false
    var wakeTimer: TimerToken?
    var suspects = 0
    /// Jobs taken since lower priorities last went first.
    var takenInOrder = 0
    var statistics = LaneStatistics()

    init(_ queue: QueueName, keys: QueueKeys, weight: Int, kinds: [String]) {
        self.queue = queue
        self.keys = keys
        self.weight = weight
        self.kinds = kinds
        script = queue.style == .plain ? FetchScript.plain : FetchScript.keyed
    }

    var isRegistered: Bool { lease.map { !$0.isLost } ?? false }

    var hasUnfinishedBusiness: Bool {
        !finished.isEmpty || !settlements.isEmpty || !fetches.isEmpty || !settling.isEmpty
            || jobs.contains { $0 != nil }
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

    /// The slot's job has ended; the slot itself is free when Redis has heard of it.
    func remove(_ job: RunningJob) {
        guard let slot = job.slot, slot < jobs.count, jobs[slot] === job else { return }
        jobs[slot] = nil
    }

    // MARK: A new incarnation

    /// The connection is gone: nothing that was on its way is known to have arrived.
    func forgetConnection() {
        lease?.lose()
        lease = nil
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
        var running: [JobID: RunningJob] = [:]
        for case let job? in jobs { running[job.id] = job }
        for job in running.values { job.slot = nil }
        jobs = Array(repeating: nil, count: envelopes.count)
        freeSlots = []
        var unknown: [(Int, RedisBytes)] = []
        for (slot, bytes) in envelopes.enumerated() {
            guard let id = EnvelopeView(bytes)?.id else {
                unknown.append((slot, bytes))
                continue
            }
            if let job = running[id], job.slot == nil {
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
        unacknowledged = []
        unsettled = [:]
        return unknown
    }
}
