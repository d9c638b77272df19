import Synchronization

/// Keeps a trouble that lasts from filling the log: it is told at once, then every minute, and when it is over.
///
///     do {
///         try await work()
///         if let lasted = complaints.end("work") { logger.info("works again", ["after": .duration(lasted)]) }
///     } catch {
///         if complaints.isNews("work") { logger.warning("does not work", ["error": .error(error)]) }
///     }
public final class Complaints: Sendable {
    private struct Trouble {
        let since: MonotonicTime
        var toldAt: MonotonicTime
    }

    private let reminder: Duration
    private let troubles = Mutex<[String: Trouble]>([:])

    public init(reminder: Duration = .minutes(1)) { self.reminder = reminder }

    /// Whether it is time to tell of a trouble that is there now.
    public func isNews(_ subject: String) -> Bool {
        troubles.withLock { troubles in
            let now = MonotonicTime.now
            if let known = troubles[subject], now - known.toldAt < reminder { return false }
            troubles[subject] = Trouble(since: troubles[subject]?.since ?? now, toldAt: now)
            return true
        }
    }

    /// Nothing is wrong with it now: for how long there was, if so.
    public func end(_ subject: String) -> Duration? {
        troubles.withLock { $0.removeValue(forKey: subject) }.map { MonotonicTime.now - $0.since }
    }
}
