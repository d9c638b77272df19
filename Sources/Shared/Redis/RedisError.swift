import Runtime

/// What can go wrong with a call to Redis. A cancelled task gets `CancellationError` instead.
public enum RedisError: Error, Hashable {
    /// Redis answered with an error: its first word, and the whole text.
    case server(code: String, message: String)
    /// The connection ended. `maybeExecuted` is false only if Redis cannot have seen the whole command.
    case connectionLost(maybeExecuted: Bool, reason: String)
    /// No answer within the call's time limit.
    case timedOut(maybeExecuted: Bool)
    /// Redis could not be reached, or refused us (password, database number), for all of the time limit.
    case unreachable(reason: String)
    /// Too many calls wait already.
    case overloaded
    /// The client or connection was closed by this process.
    case closed
    /// The bytes from the server are no RESP2, or larger than allowed.
    case badProtocol(reason: String)
    /// A proper answer of another kind than the caller needs.
    case unexpectedReply(wanted: String, got: String)
}

extension RedisError {
    init(answer text: RedisBytes) {
        let message = text.string
        let code = message.prefix { $0 != " " }
        self = .server(code: String(code), message: message)
    }

    /// The first word of an error that Redis answered.
    public var code: String? {
        if case .server(let code, _) = self { code } else { nil }
    }

    /// False if the command cannot have had an effect, so that trying again is safe.
    public var maybeExecuted: Bool {
        switch self {
        case .connectionLost(let maybe, _), .timedOut(let maybe): maybe
        case .badProtocol, .unexpectedReply: true
        case .server, .unreachable, .overloaded, .closed: false
        }
    }
}

extension RedisError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .server(_, let message): "redis answered: \(message)"
        case .connectionLost(let maybe, let reason):
            "redis connection lost (\(reason)); the command \(maybe ? "may have run" : "did not run")"
        case .timedOut(let maybe):
            "no answer from redis in time; the command \(maybe ? "may have run" : "did not run")"
        case .unreachable(let reason): "redis cannot be reached: \(reason)"
        case .overloaded: "too many calls wait for redis"
        case .closed: "the redis connection is closed"
        case .badProtocol(let reason): "not the redis protocol: \(reason)"
        case .unexpectedReply(let wanted, let got): "redis answered \(got), not \(wanted)"
        }
    }
}
