import Runtime

/// What is counted of the Redis connections of a process.
public struct RedisMeters: Sendable {
    let commands: Counter
    let timeouts: Counter
    let connects: Counter
    let disconnects: Counter
    let outstanding: Gauge
    let roundTrip: Histogram

    public init(_ metrics: MetricsRegistry) {
        commands = metrics.counter("redis_commands_total", "Commands that Redis has answered.")
        timeouts = metrics.counter("redis_timeouts_total", "Commands that were not answered in time.")
        connects = metrics.counter("redis_connects_total", "Connections made, the first ones included.")
        disconnects = metrics.counter("redis_disconnects_total", "Connections that ended, whoever ended them.")
        outstanding = metrics.gauge("redis_commands_outstanding", "Commands that wait for their answers.")
        roundTrip = metrics.histogram(
            "redis_round_trip_seconds", "From command to answer. A sample: one command per connection at a time.")
    }
}

/// One link's share of the meters. Brought up to date once per batch of answers, so that counting costs a command nothing.
struct LinkMeter {
    private let meters: RedisMeters?
    private var reported = 0
    /// The command whose round trip is being measured.
    private var sample: (number: Int, start: MonotonicTime)?

    init(_ meters: RedisMeters?) {
        self.meters = meters
        meters?.connects.add()
    }

    mutating func sent(_ number: Int, at now: MonotonicTime) {
        if sample == nil { sample = (number, now) }
    }

    /// `next` is the number of the command whose answer comes next.
    mutating func answered(_ count: Int, next: Int, outstanding: Int) {
        guard let meters else { return }
        meters.commands.add(count)
        report(outstanding)
        if let sample, sample.number < next {
            meters.roundTrip.observe(since: sample.start)
            self.sample = nil
        }
    }

    func timedOut(_ count: Int) { meters?.timeouts.add(count) }

    mutating func ended() {
        meters?.disconnects.add()
        report(0)
    }

    private mutating func report(_ outstanding: Int) {
        meters?.outstanding.add(Double(outstanding - reported))
        reported = outstanding
    }
}
