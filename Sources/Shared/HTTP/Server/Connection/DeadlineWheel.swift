import Runtime

/// All connections of a shard, each in the seat in which it will be looked at next.
///
/// A connection that does something only notes the time: its deadline is reckoned when its seat comes by. So a request
/// costs no timer, and an idle connection a few bytes.
struct DeadlineWheel {
    struct Seat {
        fileprivate let bucket: Int
        fileprivate let index: Int
    }

    private var buckets: [[HTTPConnection]]
    private let tick: Duration
    private var current = 0
    private var currentTime: MonotonicTime
    private(set) var count = 0

    init(tick: Duration, now: MonotonicTime) {
        buckets = Array(repeating: [], count: 256)
        self.tick = tick
        currentTime = now
    }

    mutating func add(_ connection: HTTPConnection, at time: MonotonicTime) {
        let bucket = bucket(for: time)
        connection.seat = Seat(bucket: bucket, index: buckets[bucket].count)
        buckets[bucket].append(connection)
        count += 1
    }

    /// False when it was not here.
    @discardableResult
    mutating func remove(_ connection: HTTPConnection) -> Bool {
        guard let seat = connection.seat else { return false }
        connection.seat = nil
        let last = buckets[seat.bucket].removeLast()
        if last !== connection {
            buckets[seat.bucket][seat.index] = last
            last.seat = seat
        }
        count -= 1
        return true
    }

    /// Sees to it that the connection is looked at then, if it would come later.
    mutating func hasten(_ connection: HTTPConnection, to time: MonotonicTime) {
        guard let seat = connection.seat, distance(to: bucket(for: time)) < distance(to: seat.bucket) else { return }
        remove(connection)
        add(connection, at: time)
    }

    /// Moves on to `now`, and hands out all whose seats have come by; they have no seat then.
    mutating func advance(to now: MonotonicTime) -> [HTTPConnection] {
        var due: [HTTPConnection] = []
        while currentTime + tick <= now {
            current = (current + 1) % buckets.count
            currentTime = currentTime + tick
            for connection in buckets[current] { connection.seat = nil }
            due += buckets[current]
            buckets[current] = []
        }
        count -= due.count
        return due
    }

    var all: [HTTPConnection] { buckets.flatMap { $0 } }

    /// Never the present one, and at most once around: who comes too early is looked at and seated again.
    private func bucket(for time: MonotonicTime) -> Int {
        let ticks = time > currentTime ? Int((time - currentTime).nanoseconds / max(1, tick.nanoseconds)) + 1 : 1
        return (current + min(max(ticks, 1), buckets.count - 1)) % buckets.count
    }

    private func distance(to bucket: Int) -> Int { (bucket - current + buckets.count) % buckets.count }
}
