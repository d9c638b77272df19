import CPostgres
import Runtime

/// One caller's statement, on its way to the server and back.
final class Call {
    /// What is sent, and how.
    enum Request {
        /// Prepared once per connection, then only executed.
        case statement(SQL)
        /// A command of our own, such as `commit`, without values.
        case command(String)
        /// Several statements in one text, outside the pipeline.
        case script(String)
        /// `copy … from stdin`: answered when the server waits for the rows.
        case copy(String)
    }

    let ticket: UInt64
    let request: Request
    /// Until when the caller waits for a connection, and until when for the answer.
    let waitDeadline: MonotonicTime
    let deadline: MonotonicTime
    /// The lease it belongs to; nil for a statement by itself.
    let lease: UInt64?
    /// A command that goes out before the statement and shares its fate, so that `begin` costs no round trip of its own.
    var prelude: StaticString?
    /// The caller went away while it was on its way.
    var isUnwanted = false
    /// Nil once the caller has been answered.
    private(set) var continuation: UnsafeContinuation<Rows, any Error>?

    // MARK: What the connection knows of it

    var prepared: PreparedStatement?
    /// How many answers come before the statement's own.
    var answersBefore = 0
    var answers = 0
    /// Whether it was the prelude or the preparation that failed.
    var failedBefore = false
    var result: OpaquePointer?
    var failure: PostgresError?
    var wasResent = false

    init(
        _ request: Request, ticket: UInt64, lease: UInt64?, waitDeadline: MonotonicTime, deadline: MonotonicTime,
        continuation: UnsafeContinuation<Rows, any Error>?
    ) {
        self.request = request
        self.ticket = ticket
        self.lease = lease
        self.waitDeadline = waitDeadline
        self.deadline = deadline
        self.continuation = continuation
    }

    deinit {
        if let result { PQclear(result) }
    }

    /// Whether nobody waits for the answer any more.
    var isAnswered: Bool { continuation == nil }

    func answer(_ rows: Rows) {
        continuation?.resume(returning: rows)
        continuation = nil
    }

    func answer(throwing error: any Error) {
        continuation?.resume(throwing: error)
        continuation = nil
    }

    /// The text for an error; not kept otherwise.
    var text: String {
        switch request {
        case .statement(let statement): statement.text
        case .command(let text), .script(let text), .copy(let text): text
        }
    }

    /// Takes the kept result.
    func takeResult() -> Rows? {
        defer { result = nil }
        return result.map { Rows(owning: $0) }
    }

    /// Forgets what an earlier attempt left, so that it can be sent once more.
    func reset() {
        if let result { PQclear(result) }
        result = nil
        failure = nil
        prepared = nil
        answers = 0
        answersBefore = 0
        failedBefore = false
        wasResent = true
    }
}
