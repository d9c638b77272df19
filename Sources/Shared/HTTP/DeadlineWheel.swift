import Runtime

/// Where a member of a wheel sits.
struct WheelSeat {
    fileprivate let bucket: Int32
    fileprivate let index: Int32
}

/// Something that is looked at when a certain time has come.
protocol WheelMember: AnyObject {
    /// Kept by the wheel; nil while it is in none.
    var seat: WheelSeat? { get set }
}

/// Many with a deadline each, all in the seat in which they will be looked at next.
///
/// Who does something only notes the time: the deadline is reckoned when the seat comes by. So what happens costs no
/// timer, and an idle member a few bytes.
struct DeadlineWheel<Member: WheelMember> {
    private var buckets: [[Member]]
    private let tick: Duration
    private var current = 0
    private var currentTime: MonotonicTime
    private(set) var count = 0

    init(tick: Duration, now: MonotonicTime) {
        buckets = Array(repeating: [], count: 256)
        self.tick = tick
        currentTime = now
    }

    /// For an empty wheel, which nobody turned: it need not catch up.
    mutating func restart(at now: MonotonicTime) { currentTime = now }

    mutating func add(_ member: Member, at time: MonotonicTime) {
        let bucket = bucket(for: time)
        member.seat = WheelSeat(bucket: Int32(bucket), index: Int32(buckets[bucket].count))
        buckets[bucket].append(member)
        count += 1
    }

    /// False when it was not here.
    @discardableResult
    mutating func remove(_ member: Member) -> Bool {
        guard let seat = member.seat else { return false }
        member.seat = nil
        let last = buckets[Int(seat.bucket)].removeLast()
        if last !== member {
            buckets[Int(seat.bucket)][Int(seat.index)] = last
            last.seat = seat
        }
        count -= 1
        return true
    }

    /// Sees to it that the member is looked at then, if it would come later.
    mutating func hasten(_ member: Member, to time: MonotonicTime) {
        guard let seat = member.seat, distance(to: bucket(for: time)) < distance(to: Int(seat.bucket)) else { return }
        remove(member)
        add(member, at: time)
    }

    /// Moves on to `now`, and hands out all whose seats have come by; they have no seat then.
    mutating func advance(to now: MonotonicTime) -> [Member] {
        var due: [Member] = []
        while currentTime + tick <= now {
            current = (current + 1) % buckets.count
            currentTime = currentTime + tick
            for member in buckets[current] { member.seat = nil }
            due += buckets[current]
            buckets[current] = []
        }
        count -= due.count
        return due
    }

    var all: [Member] { buckets.flatMap { $0 } }

    /// Never the present one, and at most once around: who comes too early is looked at and seated again.
    private func bucket(for time: MonotonicTime) -> Int {
        let ticks = time > currentTime ? Int((time - currentTime).nanoseconds / max(1, tick.nanoseconds)) + 1 : 1
        return (current + min(max(ticks, 1), buckets.count - 1)) % buckets.count
    }

    private func distance(to bucket: Int) -> Int { (bucket - current + buckets.count) % buckets.count }
}
