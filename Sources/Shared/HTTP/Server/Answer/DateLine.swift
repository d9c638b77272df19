import Runtime

/// The Date field, made once a second.
struct DateLine {
    private var validUntil = MonotonicTime(nanoseconds: 0)
    private var line: [UInt8] = []

    /// `now` is the loop's own time, so that a request costs no look at the clock.
    mutating func line(at now: MonotonicTime) -> [UInt8] {
        if now >= validUntil { renew(now) }
        return line
    }

    private mutating func renew(_ now: MonotonicTime) {
        let microseconds = Timestamp.now.microseconds
        line = Array("Date: \(HTTPDate.text(Timestamp(microseconds: microseconds)))\r\n".utf8)
        validUntil = now + .microseconds(1_000_000 - microseconds % 1_000_000)
    }
}
