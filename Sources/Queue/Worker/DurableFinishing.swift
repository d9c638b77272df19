/// Durable jobs that have ended and whose rows wait to be deleted: many in one statement, few statements at once.
struct DurableFinishing {
    struct Batch {
        let ending: Ending
        let jobs: [RunningJob]
    }

    private var waiting: [Ending: [RunningJob]] = [:]
    private var underWay = 0

    var isEmpty: Bool { waiting.isEmpty && underWay == 0 }

    mutating func add(_ job: RunningJob, _ ending: Ending) { waiting[ending, default: []].append(job) }

    /// The next statement's worth, if another statement may begin.
    mutating func next() -> Batch? {
        guard underWay < 2, let (ending, jobs) = waiting.first else { return nil }
        waiting[ending] = jobs.count > 1000 ? Array(jobs[1000...]) : nil
        underWay += 1
        return Batch(ending: ending, jobs: Array(jobs.prefix(1000)))
    }

    mutating func ended() { underWay -= 1 }
}
