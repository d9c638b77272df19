import Runtime

/// What happened in one queue since the last report, by field of the minute's hash.
struct LaneStatistics {
    /// Buckets by powers of two of microseconds: bucket n holds spans below 2ⁿ µs.
    static let buckets = 40

    private(set) var counts: [String: Int] = [:]
    private var done = 0
    private var waits = [Int](repeating: 0, count: buckets)
    private var runs = [Int](repeating: 0, count: buckets)

    var isEmpty: Bool { counts.isEmpty && done == 0 }

    mutating func add(_ field: String, _ amount: Int = 1) { counts[field, default: 0] += amount }

    mutating func addDone() { done += 1 }

    mutating func addWait(_ microseconds: Int64) { waits[Self.bucket(of: microseconds)] += 1 }

    mutating func addRun(_ microseconds: Int64) { runs[Self.bucket(of: microseconds)] += 1 }

    /// All fields with their amounts; empty again afterwards.
    mutating func take() -> [(field: String, amount: Int)] {
        var fields = counts.map { ($0.key, $0.value) }
        if done > 0 { fields.append(("done", done)) }
        for bucket in 0..<Self.buckets {
            if waits[bucket] > 0 { fields.append(("wait:\(bucket)", waits[bucket])) }
            if runs[bucket] > 0 { fields.append(("run:\(bucket)", runs[bucket])) }
        }
        self = LaneStatistics()
        return fields
    }

    static func bucket(of microseconds: Int64) -> Int {
        guard microseconds > 0 else { return 0 }
        return min(buckets - 1, Int64.bitWidth - microseconds.leadingZeroBitCount)
    }
}
