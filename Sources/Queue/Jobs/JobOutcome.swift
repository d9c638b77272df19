import Runtime

/// How a handler ends other than by returning: thrown. Any other error is a failure that follows the retry policy.
package enum JobOutcome: Error, Hashable, Sendable {
    /// Nothing left to do: the job counts as done.
    case discard(String)
    /// No further try would help: the job is dead at once.
    case fail(String)
    /// Not now, and not a failure: the same attempt again, later.
    case snooze(Duration)
    /// A failure whose next try has a set time, such as a provider's `Retry-After`.
    case retryAfter(Duration, String)
}
