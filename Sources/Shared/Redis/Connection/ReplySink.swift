import Runtime

/// Who gets an answer.
enum ReplySink {
    case task(UnsafeContinuation<RedisValue, any Error>)
    /// A task that has waited so long that it now can be cancelled.
    case late(LateReply)
    /// Called on the loop.
    case handler(RedisConnection.ReplyHandler)
    /// One of several that a caller wants together.
    case gathering(ReplyGathering)
    /// Nobody any more.
    case nobody

    /// Whether the answer will be dropped: its caller was cancelled or has timed out.
    var isAbandoned: Bool {
        switch self {
        case .task, .handler: false
        case .late(let reply): reply.isAbandoned
        case .gathering(let gathering): gathering.isAbandoned
        case .nobody: true
        }
    }

    func succeed(_ value: consuming RedisValue) {
        switch self {
        case .task(let continuation): continuation.resume(returning: value)
        case .late(let reply): reply.settle(.success(value))
        case .handler(let handle): handle(value.outcome)
        case .gathering(let gathering): gathering.add(value)
        case .nobody: break
        }
    }

    func fail(_ error: RedisError) {
        switch self {
        case .task(let continuation): continuation.resume(throwing: error)
        case .late(let reply): reply.settle(.failure(error))
        case .handler(let handle): handle(.failure(error))
        case .gathering(let gathering): gathering.fail(error)
        case .nobody: break
        }
    }
}

extension RedisValue {
    /// An error that is the whole answer is a failure.
    var outcome: Result<RedisValue, RedisError> {
        if case .error(let text) = self { .failure(RedisError(answer: text)) } else { .success(self) }
    }
}

/// Sent to a task whose answer is not there after some milliseconds: it should wait on in a way that can be cancelled.
///
/// To be cancellable costs a task two locks, about as much as all that we do for a command. So a call begins without.
struct UnansweredCall: Error {
    let reply: LoopBound<LateReply>
}

/// An answer that may come before or after its task has begun to wait for it again.
final class LateReply {
    private var result: Result<RedisValue, any Error>?
    private var waiter: UnsafeContinuation<RedisValue, any Error>?
    private(set) var isAbandoned = false

    /// The first result counts.
    func settle(_ new: Result<RedisValue, any Error>) {
        guard result == nil else { return }
        result = new
        exchange(&waiter, with: nil)?.resume(with: new)
    }

    func abandon(because error: any Error) {
        isAbandoned = true
        settle(.failure(error))
    }

    static func wait(for bound: LoopBound<LateReply>, on domain: isolated LoopDomain) async throws -> RedisValue {
        let reply = bound.value(on: domain)
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                if Task.isCancelled { reply.abandon(because: CancellationError()) }
                if let result = reply.result { continuation.resume(with: result) } else { reply.waiter = continuation }
            }
        } onCancel: {
            bound.loop.execute { bound.value(on: $0).abandon(because: CancellationError()) }
        }
    }
}

/// The answers to the commands of one call, which go to the caller together.
final class ReplyGathering {
    private var wanted = 0
    private var continuation: UnsafeContinuation<[RedisValue], any Error>?
    private var values: [RedisValue] = []

    var isAbandoned: Bool { continuation == nil }

    func begin(_ count: Int, _ continuation: UnsafeContinuation<[RedisValue], any Error>) {
        wanted = count
        self.continuation = continuation
        values.reserveCapacity(count)
    }

    func add(_ value: consuming RedisValue) {
        values.append(value)
        if values.count == wanted { exchange(&continuation, with: nil)?.resume(returning: values) }
    }

    /// The first failure ends it; what still comes is dropped.
    func fail(_ error: any Error) { exchange(&continuation, with: nil)?.resume(throwing: error) }
}
