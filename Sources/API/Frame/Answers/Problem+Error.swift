import HTTP
import JSON
import Model
import Postgres
import Queue
import Redis
import Runtime

extension Problem {
    /// What to tell of an error; the error itself is for the log alone.
    package init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let fault as InputFault: self = Self.of(fault)
        case let error as BodyTooLarge:
            self = Problem(.payloadTooLarge, "At most \(error.limit) bytes are accepted")
        // The client's own doing, and nothing for our log.
        case let refusal as Refusal:
            self = Problem(
                refusal.status == 408 ? .requestTimeout : .badRequest, "The body is not taken: \(refusal.reason)")
        case is ClientGone: self = Problem(.badRequest, "The connection ended before the request was complete")
        case QueueError.full(_, let delay): self = Self.wait(delay, "The queue is full")
        case let error as PostgresError where error.meansAbsence: self = Self.wait(.seconds(2))
        case let error as RedisError where error.meansAbsence: self = Self.wait(.seconds(2))
        case is ThreadPool.Full, is CancellationError: self = Self.wait(.seconds(1))
        default: self = Problem(.internalError, "The request id tells us where to look")
        }
    }

    private static func wait(_ time: Duration, _ detail: String = "Something that is needed is not there") -> Problem {
        var problem = Problem(.unavailable, detail)
        problem.retryAfter = time
        return problem
    }

    private static func of(_ fault: InputFault) -> Problem {
        switch fault {
        case .malformed(let text): return Problem(.malformedBody, text)
        case .brokenQuery: return Problem(.badRequest, "The query has a broken escape")
        case .nowhere: return Problem(.notFound, "Nothing has this path")
        case .unknownQuery(let errors):
            var problem = Problem(.unknownParameter, "The query has parameters that are not known here")
            problem.errors = errors
            return problem
        case .unfit(let errors):
            var problem = Problem(.validationFailed)
            problem.errors = errors
            return problem
        }
    }
}

extension PostgresError {
    /// The database is away, or has no room: it will be back.
    fileprivate var meansAbsence: Bool {
        switch kind {
        case .timeout, .connectionLost, .unusableServer, .poolExhausted, .closed: true
        case .refused:
            // 53: no memory, no disk, too many connections. 57P: it is stopping or starting. And what was tried often.
            sqlState?.rawValue.hasPrefix("53") == true || sqlState?.rawValue.hasPrefix("57P") == true
                || sqlState == .queryCanceled || isWorthRetrying || sqlState == .readOnlyTransaction
        case .unsendable, .rowCount: false
        }
    }
}

extension RedisError {
    fileprivate var meansAbsence: Bool {
        switch self {
        case .connectionLost, .timedOut, .unreachable, .overloaded, .closed: true
        case .server(let code, _): ["LOADING", "OOM", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN"].contains(code)
        case .badProtocol, .unexpectedReply: false
        }
    }
}
