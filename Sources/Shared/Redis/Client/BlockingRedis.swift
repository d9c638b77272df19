import Runtime
import Synchronization

/// Redis for a plain thread that may block, such as a heartbeat's: with a loop, and a connection, of its own, so that
/// nothing else in the process can hold it up.
public final class BlockingRedis: Sendable {
    private let group = LoopGroup(count: 1)
    private let client: RedisClient

    public init(_ options: RedisOptions) {
        client = RedisClient(options, on: group)
    }

    /// Runs `body` and waits for it, `limit` at most. Never call it on a loop, or in a task.
    public func run<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable (RedisClient) async throws -> Value
    ) throws -> Value {
        precondition(EventLoop.current == nil, "a loop must not block")
        let outcome = Outcome<Value>()
        let task = group.loops[0].spawn { [client] in
            let result: Result<Value, any Error>
            do { result = .success(try await body(client)) } catch { result = .failure(error) }
            outcome.set(result)
        }
        guard let result = outcome.wait(for: limit) else {
            task.cancel()
            throw RedisError.timedOut(maybeExecuted: true)
        }
        return try result.get()
    }

    /// Ends the connection and the loop. Nothing may be running.
    public func close() {
        client.close()
        group.stop()
    }
}

/// A result that one thread waits for and another one brings.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let isSet = Semaphore()

    func set(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
        isSet.signal()
    }

    func wait(for limit: Duration) -> Result<Value, any Error>? {
        guard isSet.wait(for: limit) else { return nil }
        return result.withLock { $0 }
    }
}
