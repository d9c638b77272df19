import JSON
import Queue
import Runtime

/// A job whose effect is a row in PostgreSQL. What its number says besides is up to the test.
protocol Effect: Job {
    var number: Int { get }
    /// So many attempts fail before one succeeds.
    var failures: Int { get }
}

extension Effect {
    var failures: Int { 0 }
}

struct PlainEffect: Effect, Codable {
    static let kind = "effect.plain"
    static let queue = QueueName("effects")
    static let retry = RetryPolicy.exponential(attempts: 20, base: .milliseconds(20), cap: .milliseconds(200))
    let number: Int
    var failures = 0
    var filler = ""
}

struct OrderedEffect: Effect, Codable {
    static let kind = "effect.ordered"
    static let queue = QueueName("ordered", .ordered)
    static let retry = PlainEffect.retry
    let number: Int
}

struct KeyedEffect: Effect, Codable {
    static let kind = "effect.keyed"
    static let queue = QueueName("keyed", .keyed)
    static let retry = PlainEffect.retry
    let number: Int
}

/// Its handler leaves the end of the job to the worker, so its effect is written in a way that may happen twice.
struct BareEffect: Effect, Codable {
    static let kind = "effect.bare"
    static let queue = QueueName("bare")
    static let retry = PlainEffect.retry
    let number: Int
}

/// Ends its process, in its first runs or in all.
struct Poison: Job, Codable {
    static let kind = "effect.poison"
    static let queue = PlainEffect.queue
    let number: Int
    /// It does its work first, and leaves a row; the run that finds one ends well.
    var isHealed = false
}

/// Holds its loop for good.
struct Blocking: Job, Codable {
    static let kind = "effect.blocking"
    static let queue = PlainEffect.queue
}

/// The queues of all that is here.
let effectQueues = [PlainEffect.queue, OrderedEffect.queue, KeyedEffect.queue, BareEffect.queue]
