import HTTP
import Runtime

/// What one loop needs for its requests.
final class FrameShard {
    private let accessLog: AccessLog
    private let meters: RouteMeters
    private let errors: ErrorRate
    // Every request looks at these; nothing that is called meanwhile comes back here, so a check of exclusive access at run
    // time would find nothing.
    @exclusivity(unchecked) private var random = [UInt64](repeating: 0, count: 30)
    @exclusivity(unchecked) private var randomLeft = 0

    init(on loop: EventLoop, _ log: Logger, _ routes: [RouteLabel], _ family: Family<Histogram>, _ errors: ErrorRate) {
        accessLog = AccessLog(on: loop, log, routes)
        meters = RouteMeters(family, routes)
        self.errors = errors
    }

    /// Three words of randomness, fetched many at a time.
    func bits() -> (UInt64, UInt64, UInt64) {
        if randomLeft < 3 {
            random.withUnsafeMutableBytes { Entropy.fill($0) }
            randomLeft = random.count
        }
        randomLeft -= 3
        return (random[randomLeft], random[randomLeft + 1], random[randomLeft + 2])
    }

    func ended(_ record: AccessRecord) {
        let took = MonotonicTime.now.nanoseconds - record.arrival.nanoseconds
        meters.observe(record, seconds: Double(took) * 1e-9)
        errors.count(record.status)
        accessLog.write(record, took: took)
    }
}
