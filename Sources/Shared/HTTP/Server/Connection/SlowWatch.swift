import Runtime

/// Watches whether bytes move fast enough.
struct SlowWatch {
    private var mark = 0
    private var since: MonotonicTime?

    /// Begins anew with the next look.
    mutating func restart() { since = nil }

    /// Whether the total has grown too slowly since a look that is at least `options.slowTime` ago.
    mutating func isTooSlow(_ total: Int, at now: MonotonicTime, _ options: HTTPServerOptions) -> Bool {
        guard let since else {
            begin(total, now)
            return false
        }
        let elapsed = now - since
        guard elapsed >= options.slowTime else { return false }
        let isTooSlow = Double(total - mark) < Double(options.slowestRate) * elapsed.inSeconds
        begin(total, now)
        return isTooSlow
    }

    private mutating func begin(_ total: Int, _ now: MonotonicTime) {
        mark = total
        since = now
    }
}
