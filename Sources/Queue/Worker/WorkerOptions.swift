import Runtime

/// How a worker process behaves.
package struct WorkerOptions: Sendable {
    /// How many jobs run at once.
    package var concurrency = 256
    /// Shares of the free places, by queue; 1 where nothing is said.
    package var weights: [QueueName: Int] = [:]
    /// How long a worker that fell silent keeps its jobs.
    package var lease: Duration = .seconds(12)
    /// How often it says that it lives: three times in a lease, unless told otherwise.
    package var beat: Duration {
        get { ownBeat ?? .milliseconds(lease.milliseconds / 3) }
        set { ownBeat = newValue }
    }
    private var ownBeat: Duration?
    /// What a cancelled handler has before it is abandoned.
    package var abandonGrace: Duration = .seconds(5)
    /// So many abandoned handlers, and the process gives up its place to a fresh one.
    package var abandonLimit = 3
    /// What running jobs have to end in a drain before they are cancelled.
    package var drainGrace: Duration = .seconds(20)
    /// Crashes that make a job dead.
    package var mortalCrashes = 5
    /// Crashes that make a job run alone.
    package var suspiciousCrashes = 2

    /// A sleeper looks again after that time by itself: a net for a wake-up that got lost.
    package var safetyPoll: Duration = .seconds(5)

    package init() {}
}
