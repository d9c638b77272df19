import Glibc
import Postgres
import Queue
import Runtime

/// What a process does that enqueues, and dies where it is told to.
enum TestWriter {
    /// Durable jobs, each in a transaction with the row that it is about. Dies in the transaction of that number.
    static func placeOrders(
        _ count: Int, from first: Int, dyingIn last: Int?, on durable: DurableQueue
    ) async throws {
        for number in first..<first + count {
            try await durable.transaction { transaction in
                try await transaction.run("insert into orders (number) values (\(number))")
                try await transaction.enqueue(PlainEffect(number: number))
                if number - first == last { kill(getpid(), SIGKILL) }
            }
            // One push for each, so that a fault at the fifth of them comes, however busy the machine is.
            await durable.untilPushed()
        }
    }

    /// Volatile jobs one after the other, each told when Redis has answered.
    static func push(_ count: Int, to queue: QueueClient, telling: (Int) -> Void) async throws {
        for number in 0..<count {
            try await queue.enqueue(PlainEffect(number: number))
            telling(number)
        }
    }
}
