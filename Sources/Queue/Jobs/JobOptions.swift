import Runtime

/// What a single enqueue may ask for.
package struct JobOptions: Sendable {
    /// Not before then.
    package var runAt: Timestamp?
    /// Dropped, and counted as expired, when it has not begun by then.
    package var expiresAt: Timestamp?
    package var unique: Uniqueness?
    /// The tenant, conversation or order that the job belongs to: what a keyed queue is fair between.
    package var key: String?
    package var priority: Priority?
    /// Keeps progress and result where they can be asked for.
    package var isTracked = false

    package init(
        runAt: Timestamp? = nil, expiresAt: Timestamp? = nil, unique: Uniqueness? = nil, key: String? = nil,
        priority: Priority? = nil, isTracked: Bool = false
    ) {
        self.runAt = runAt
        self.expiresAt = expiresAt
        self.unique = unique
        self.key = key
        self.priority = priority
        self.isTracked = isTracked
    }
}

/// At most one job with the same key, for as long as the case says.
package enum Uniqueness: Hashable, Sendable {
    /// Until it begins to run: what comes meanwhile is answered with the id of the one that waits.
    case untilStarted(String)
    /// Until it is done, dead or cancelled, retries included.
    case untilDone(String)
    /// For a time, whatever becomes of the job.
    case forTime(String, Duration)
    /// While it waits for its time: a later one takes the place, and the time, of the earlier.
    case debounce(String)

    package var key: String {
        switch self {
        case .untilStarted(let key), .untilDone(let key), .forTime(let key, _), .debounce(let key): key
        }
    }
}
