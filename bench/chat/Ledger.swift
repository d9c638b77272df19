import Runtime

/// What was sent in a run, who has got it, and what was wrong with that.
final class Ledger {
    private struct Entry {
        /// When it had to be sent.
        let due: MonotonicTime
        let group: Int
        /// A bit for each place of the group that has it.
        var seen: UInt64 = 0
        var left: Int
        var isAnswered = false
        var isRefused = false
        var isComplete: Bool { isAnswered && left == 0 }
    }

    /// Things that must not happen.
    struct Faults {
        var missing = 0
        var duplicate = 0
        var misrouted = 0
        var outOfOrder = 0
        /// Requests that were not answered, or not with 201.
        var refused = 0
        var lostSockets = 0

        static func += (sum: inout Faults, other: Faults) {
            sum.missing += other.missing
            sum.duplicate += other.duplicate
            sum.misrouted += other.misrouted
            sum.outOfOrder += other.outOfOrder
            sum.refused += other.refused
            sum.lostSockets += other.lostSockets
        }
    }

    private let groupSize: Int
    /// Numbers go on from run to run, so that nothing of one passes for something of the next.
    let first: Int
    private var entries: [Entry] = []
    private var reader = EventReader()
    private(set) var faults = Faults()
    /// What was said of the first fault of each sort.
    private(set) var complaints: [String] = []
    private(set) var completed = 0
    /// Events that bear no message.
    private(set) var otherEvents = 0
    var announcements: Announcements?
    /// Nil while nothing is measured.
    var measuredSince: MonotonicTime?
    private(set) var deliveries = Latencies()
    private(set) var answers = Latencies()
    /// Is told of each message that is answered and has arrived everywhere.
    weak var driver: ChatDriver?

    init(from first: Int, groupSize: Int) {
        precondition(groupSize <= 64)
        self.first = first
        self.groupSize = groupSize
        entries.reserveCapacity(200_000)
    }

    var next: Int { first + entries.count }
    var areAllComplete: Bool { completed + faults.refused >= entries.count }

    func sends(to group: Int, due: MonotonicTime) -> Int {
        entries.append(Entry(due: due, group: group, left: groupSize))
        return next - 1
    }

    func answered(_ number: Int, isGood: Bool, on domain: isolated LoopDomain) {
        let place = number - first
        entries[place].isAnswered = true
        note(entries[place].due, in: &answers)
        if isGood { return completeIfWhole(place, on: domain) }
        entries[place].isRefused = true
        driver?.completed(on: domain)
    }

    func arrived(_ event: UnsafeRawBufferPointer, at receiver: Receiver, on domain: isolated LoopDomain) {
        guard let (number, rev) = reader.read(event) else {
            otherEvents += 1
            return
        }
        guard !Announcements.isOne(number) else {
            if announcements?.arrived(number, at: receiver) != true { fault(\.duplicate, "again: \(text(event))") }
            return
        }
        let place = number - first
        guard entries.indices.contains(place), entries[place].group == receiver.person.group else {
            return fault(\.misrouted, "group \(receiver.person.group) got \(text(event))")
        }
        let bit = UInt64(1) << UInt64(receiver.person.seat)
        guard entries[place].seen & bit == 0 else { return fault(\.duplicate, "a second time: \(text(event))") }
        if rev <= receiver.lastRev { fault(\.outOfOrder, "behind rev \(receiver.lastRev): \(text(event))") }
        receiver.lastRev = max(rev, receiver.lastRev)
        entries[place].seen |= bit
        entries[place].left -= 1
        note(entries[place].due, in: &deliveries)
        completeIfWhole(place, on: domain)
    }

    private func completeIfWhole(_ place: Int, on domain: isolated LoopDomain) {
        guard entries[place].isComplete else { return }
        completed += 1
        driver?.completed(on: domain)
    }

    private func note(_ due: MonotonicTime, in latencies: inout Latencies) {
        if let measuredSince, due >= measuredSince { latencies.add(.now - due) }
    }

    // MARK: Faults

    func refused(_ what: String) { fault(\.refused, "refused: \(what)") }

    func lostSocket(_ what: String) { fault(\.lostSockets, "a socket: \(what)") }

    func neverSent(due: MonotonicTime) {
        for _ in 0..<groupSize { note(due, in: &deliveries) }
        note(due, in: &answers)
    }

    /// What has not come by now is missing.
    func close() {
        for entry in entries where !entry.isRefused {
            if !entry.isAnswered { faults.refused += 1 }
            if entry.left > 0 { fault(\.missing, "a copy", count: entry.left) }
        }
    }

    private func fault(_ sort: WritableKeyPath<Faults, Int>, _ what: @autoclosure () -> String, count: Int = 1) {
        if faults[keyPath: sort] == 0 { complaints.append(what()) }
        faults[keyPath: sort] += count
    }

    private func text(_ event: UnsafeRawBufferPointer) -> String { String(decoding: event.prefix(500), as: UTF8.self) }
}

/// Many spans of time, of which percentiles are wanted.
struct Latencies {
    private var microseconds: [UInt32] = []

    mutating func add(_ span: Duration) {
        microseconds.append(UInt32(clamping: span.nanoseconds / 1000))
    }

    /// In milliseconds; 0 when there are none.
    func percentile(_ share: Double) -> Double {
        let sorted = microseconds.sorted()
        guard !sorted.isEmpty else { return 0 }
        return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
    }
}
