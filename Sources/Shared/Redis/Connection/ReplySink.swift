import Runtime

/// Who gets an answer.
enum ReplySink {
    case task(UnsafeContinuation<RedisValue, any Error>)
    /// Called on the loop.
    case handler(RedisConnection.ReplyHandler)
    /// One of several that a caller wants together.
    case gathering(ReplyGathering)
    /// Nobody any more: timed out or cancelled.
    case nobody

    var isNobody: Bool {
        if case .nobody = self { true } else { false }
    }

    func succeed(_ value: consuming RedisValue) {
        switch self {
        case .task(let continuation): continuation.resume(returning: value)
        case .handler(let handle): handle(value.outcome)
        case .gathering(let gathering): gathering.add(value)
        case .nobody: break
        }
    }

    func fail(_ error: any Error) {
        switch self {
        case .task(let continuation): continuation.resume(throwing: error)
        case .handler(let handle): handle(.failure(error as? RedisError ?? .closed))
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

/// The answers to the commands of one call, which go to the caller together.
final class ReplyGathering {
    private var continuation: UnsafeContinuation<[RedisValue], any Error>?
    private let wanted: Int
    private var values: [RedisValue] = []

    init(_ wanted: Int, _ continuation: UnsafeContinuation<[RedisValue], any Error>) {
        self.wanted = wanted
        self.continuation = continuation
        values.reserveCapacity(wanted)
    }

    func add(_ value: consuming RedisValue) {
        values.append(value)
        if values.count == wanted { takeContinuation()?.resume(returning: values) }
    }

    /// The first failure ends it; what still comes is dropped.
    func fail(_ error: any Error) { takeContinuation()?.resume(throwing: error) }

    private func takeContinuation() -> UnsafeContinuation<[RedisValue], any Error>? {
        exchange(&continuation, with: nil)
    }
}
