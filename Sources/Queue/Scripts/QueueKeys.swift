/// The names of a queue's keys in Redis. All share the hash tag `{queue}`, so that a script may build them from `base`.
package struct QueueKeys: Sendable, Hashable {
    /// `sw:{queue}:`, which every script gets as its only key.
    package let base: String

    package init(prefix: String, queue: QueueName) { base = "\(prefix){\(queue.name)}:" }

    /// Ready envelopes of a plain queue. List: pushed left, taken right.
    package func ready(_ priority: Priority) -> String { base + "ready:\(priority.rawValue)" }
    /// Incarnation → end of its lease, in Redis' milliseconds.
    package var workers: String { base + "workers" }
    /// Wake channels of processes that sleep. List.
    package var idle: String { base + "idle" }
    /// Slot → envelope of one incarnation.
    package func leased(_ incarnation: String) -> String { base + "leased:\(incarnation)" }
    /// Jobs that were in flight in more than one crash. List.
    package var suspect: String { base + "suspect" }
    /// Time → id, and id → envelope: scheduled, retrying, parked.
    package var due: String { base + "due" }
    package var dueEnvelopes: String { base + "due:envelopes" }
    /// Envelopes on their way to the dead letters. List: pushed right, stored and then trimmed from the left.
    package var dead: String { base + "dead" }
    /// Ids to skip or stop, by the time of the wish.
    package var cancelled: String { base + "cancelled" }
    /// paused, cancelling, maxlength, concurrency, rate, burst, keyconcurrency, keyrate, keyburst.
    package var control: String { base + "control" }
    /// Totals since the epoch began: enqueued, repushed, foreign, done, dead, cancelled, expired, lost, and how many wait
    /// under keys.
    package var ledger: String { base + "ledger" }
    /// A random text that is gone when Redis lost its memory.
    package var epoch: String { base + "epoch" }
    /// Kind → when a worker last said that it can run it.
    package var kinds: String { base + "kinds" }
    /// Counters and histogram buckets of one minute since 1970.
    package func stats(minute: Int64) -> String { base + "stats:\(minute)" }
    /// Digest of a unique key, 16 bytes → id of the job that holds it.
    package var uniquePrefix: String { base + "unique:" }
    /// State, progress and result of a job that asked for it; the id as 16 bytes.
    package var trackedPrefix: String { base + "tracked:" }
    /// Envelopes of one key in a keyed queue. List: pushed left, taken right.
    package func keyList(_ key: String) -> String { base + "keys:list:\(key)" }
    /// Runnable keys by whose turn is next; keys that wait for a token by when it comes.
    package var keyRing: String { base + "keys:ring" }
    package var keyWaiting: String { base + "keys:waiting" }
    /// Keys with jobs that left the ring because all their places were taken. They may have come back to it since.
    package var keyFull: String { base + "keys:full" }
    /// Ids that hold a place of their key.
    package func keyHolders(_ key: String) -> String { base + "keys:holders:\(key)" }
}
