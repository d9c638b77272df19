import HTTP
import JSON
import Queue
import Runtime

/// A queue as the dashboard shows it: how it stands, how fast it is, what it may.
struct QueueStanding: Sendable {
    let overview: QueueOverview
    /// Of the last one to two minutes; nil where nothing ran.
    let recent: KindStatistics?
    let dead: Int

    var name: String { overview.queue.name }
    var balance: Balance { overview.balance }
}

extension QueueStanding: Representable {
    static let representation = Representation<QueueStanding>(
        "QueueStanding", "How a queue stands.",
        [
            .member("name") { $0.name },
            .member("style", "How ready jobs wait.") { $0.overview.queue.style },
            .member("paused") { $0.overview.settings.isPaused },
            .member("ready") { $0.balance.ready },
            .member("due", "Scheduled, retrying and parked.") { $0.balance.due },
            .member("leased", "Taken by workers.") { $0.balance.leased },
            .member("suspect", "In flight when a worker died more than once.") { $0.balance.suspect },
            .member("dead", "Dead letters that nobody has retried or deleted.") { $0.dead },
            .member("workers", "Workers' connections.") { $0.balance.workers },
            .member("oldestReadyAt", "Since when the next ready job waits.") { $0.overview.oldestReady },
            .member("nextDueAt") { $0.overview.nextDue },
            .member("enqueued", "All that ever came in.") { $0.balance.entered },
            .member("done", "All that ever was done.") { $0.balance.done },
            .member("died", "All that ever died.") { $0.balance.dead },
            .member("donePerSecond", "Of the last one to two minutes.") { $0.overview.donePerSecond },
            .member("failedPerSecond") { $0.overview.failedPerSecond },
            .member("latency", "Of the last one to two minutes.") { ShownLatency($0.recent) },
            .member("limits") { ShownLimits(settings: $0.overview.settings) },
            .member("difference", "0 when the books balance.") { $0.balance.difference },
        ])
}

extension QueueName.Style: SchemaBearing {
    private static let names: KeyValuePairs<QueueName.Style, String> = [
        .plain: "plain", .keyed: "keyed", .ordered: "ordered",
    ]

    package static var schema: JSONSchema { .choice(names.map(\.value)) }

    package func write(json: inout JSONWriter) {
        json.write(Self.names.first { $0.key == self }?.value ?? "plain")
    }
}

/// How long jobs wait and run, to a power of two, in milliseconds.
struct ShownLatency: Representable {
    private let statistics: KindStatistics?

    init(_ statistics: KindStatistics?) { self.statistics = statistics }

    private func waited(_ share: Double) -> Double? { statistics?.waited(share)?.inMilliseconds }
    private func ran(_ share: Double) -> Double? { statistics?.ran(share)?.inMilliseconds }

    static let representation = Representation<ShownLatency>(
        "Latency", "How long jobs wait and run at the most, to a power of two, in milliseconds; null where none ran.",
        [
            .member("waitP50") { $0.waited(0.5) },
            .member("waitP95") { $0.waited(0.95) },
            .member("waitP99") { $0.waited(0.99) },
            .member("runP50") { $0.ran(0.5) },
            .member("runP95") { $0.ran(0.95) },
            .member("runP99") { $0.ran(0.99) },
        ])
}

extension Duration {
    fileprivate var inMilliseconds: Double { Double(microseconds) / 1000 }
}

/// What a queue may; null where nothing is set.
struct ShownLimits: Representable {
    let settings: QueueSettings

    static let representation = Representation<ShownLimits>(
        "QueueLimits", "What a queue may; null where nothing is set.",
        [
            .member("concurrency", "Jobs that run at once, on all workers together.") { $0.settings.concurrency },
            .member("rate", "Jobs that start per second.") { $0.settings.rate },
            .member("burst", "Jobs that may start at once after a pause.") { $0.settings.burst },
            .member("keyConcurrency", "Jobs of one key that run at once.") { $0.settings.keyConcurrency },
            .member("keyRate", "Jobs of one key that start per second.") { $0.settings.keyRate },
            .member("keyBurst", "Jobs of one key that may start at once.") { $0.settings.keyBurst },
            .member("maxLength", "Jobs that may wait: more are refused.") { $0.settings.maxLength },
        ])
}
