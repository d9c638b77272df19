import Runtime

/// What happened to the jobs of one kind since it was last told. Counted on the loop without atomics, as every job is
/// counted: a report every few seconds carries it to the statistics in Redis and to the metrics of the process.
struct JobTally {
    /// What is counted. The names are those of the statistics.
    enum Event: Int, CaseIterable {
        case taken, done, failed, dead, cancelled, expired, retrying, scheduled, ready, parked, abandoned

        init(_ ending: Ending) {
            switch ending {
            case .done: self = .done
            case .dead: self = .dead
            case .cancelled: self = .cancelled
            case .expired: self = .expired
            }
        }
    }

    private var counts = [Int](repeating: 0, count: Event.allCases.count)
    private(set) var waits = Spans()
    private(set) var runs = Spans()
    /// Those that have begun less those that have ended.
    private var running = 0

    var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    subscript(event: Event) -> Int { counts[event.rawValue] }

    mutating func add(_ event: Event) { counts[event.rawValue] += 1 }

    mutating func begin(afterWaiting microseconds: Int64) {
        counts[Event.taken.rawValue] += 1
        running += 1
        waits.add(microseconds)
    }

    mutating func end(after microseconds: Int64) {
        running -= 1
        runs.add(microseconds)
    }

    mutating func clear() { self = JobTally() }

    /// By how many more, or less, run than when this was last asked.
    mutating func takeChangeOfRunning() -> Int { exchange(&running, with: 0) }

    mutating func add(_ other: JobTally) {
        for place in counts.indices { counts[place] += other.counts[place] }
        waits.add(other.waits)
        runs.add(other.runs)
    }

    /// As Redis' statistics have it.
    func fields(of kind: String) -> [(field: StatisticsField, amount: Int)] {
        var fields: [(StatisticsField, Int)] = []
        for event in Event.allCases where self[event] > 0 && event != .taken {
            fields.append((StatisticsField(.count("\(event)"), kind: kind), self[event]))
        }
        for bucket in 0..<Spans.count {
            if waits[bucket] > 0 {
                fields.append((StatisticsField(.waited(bucket: bucket), kind: kind), waits[bucket]))
            }
            if runs[bucket] > 0 { fields.append((StatisticsField(.ran(bucket: bucket), kind: kind), runs[bucket])) }
        }
        return fields
    }
}

extension JobTally {
    /// Spans of time by powers of two: bucket n holds those below 2ⁿ µs.
    struct Spans {
        static let count = 40

        private var buckets = [Int](repeating: 0, count: count)
        /// All of them together, in microseconds.
        private(set) var sum: Int64 = 0

        subscript(bucket: Int) -> Int { buckets[bucket] }

        mutating func add(_ microseconds: Int64) {
            buckets[Self.bucket(of: microseconds)] += 1
            sum += microseconds
        }

        mutating func add(_ other: Spans) {
            for bucket in buckets.indices { buckets[bucket] += other.buckets[bucket] }
            sum += other.sum
        }

        static func bucket(of microseconds: Int64) -> Int {
            guard microseconds > 0 else { return 0 }
            return min(count - 1, Int64.bitWidth - microseconds.leadingZeroBitCount)
        }
    }
}
