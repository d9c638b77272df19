import Glibc
import JSON
import Postgres
import Queue
import Runtime

/// A job whose effect is a row in PostgreSQL. What its number says besides is up to the kind.
protocol Effect: Job {
    var number: Int { get }
}

struct PlainEffect: Effect, Codable {
    static let kind = "effect.plain"
    static let queue = QueueName("effects")
    static let retry = RetryPolicy.exponential(attempts: 20, base: .milliseconds(20), cap: .milliseconds(200))
    let number: Int
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

/// Ends its process.
struct Poison: Job, Codable {
    static let kind = "effect.poison"
    static let queue = PlainEffect.queue
}

/// Holds its loop for good.
struct Blocking: Job, Codable {
    static let kind = "effect.blocking"
    static let queue = PlainEffect.queue
}

/// Writes its row. Volatile jobs may do so twice; durable ones end in the same transaction.
struct EffectHandler<Payload: Effect>: JobHandler {
    let database: Database
    let pace: Duration

    func handle(_ job: Payload, _ context: JobContext) async throws {
        if pace > .zero { try await Task.sleep(for: pace) }
        let (number, id, process) = (job.number, context.id.description, Int(getpid()))
        _ = try await context.transaction { transaction in
            try await transaction.run(
                "insert into effects (number, job, process) values (\(number), \(id), \(process))")
        }
    }
}

struct BareHandler: JobHandler {
    let database: Database

    func handle(_ job: BareEffect, _ context: JobContext) async throws {
        let (number, id, process) = (job.number, context.id.description, Int(getpid()))
        try await database.run(
            """
            insert into effects (number, job, process) select \(number), \(id), \(process)
            where not exists (select from effects where job = \(id))
            """)
    }
}

struct PoisonHandler: JobHandler {
    func handle(_ job: Poison, _ context: JobContext) async throws { kill(getpid(), SIGKILL) }
}

struct BlockingHandler: JobHandler {
    func handle(_ job: Blocking, _ context: JobContext) async throws { while true { sleep(3600) } }
}
