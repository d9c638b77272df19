import CPostgres
import Runtime

/// Who gets an answer.
enum Asker {
    case task(UnsafeContinuation<Rows, any Error>)
    /// Called in the loop's domain, in the midst of the connection's work.
    case handler((Result<Rows, any Error>) -> Void)
    /// Nobody any more.
    case nobody

    func resume(with outcome: Result<Rows, any Error>) {
        switch self {
        case .task(let continuation): continuation.resume(with: outcome)
        case .handler(let handle): handle(outcome)
        case .nobody: break
        }
    }
}

/// One caller's order, on its way to the server and back.
final class Call {
    let order: Order
    let ticket: UInt64
    let askedAt: MonotonicTime
    /// Until when the caller waits for a connection, and until when for the answer.
    let waitDeadline: MonotonicTime
    let deadline: MonotonicTime
    /// The caller went away while it was on its way.
    var isUnwanted = false
    private var asker: Asker

    // MARK: What the connection knows of it

    var prepared: PreparedStatement?
    /// What the connection forgot to make room for it.
    var evicted: PreparedStatement?
    var sentAt = MonotonicTime(nanoseconds: 0)
    /// Whether it brought its preparation along.
    var prepares = false
    /// How many answers come before the statement's own, and how many came.
    var answersBefore = 0
    var answers = 0
    var result: OpaquePointer?
    var failure: PostgresError?
    /// Which of the answers was the failure.
    var failedAt = 0
    /// The number of the `set transaction read only` that went out before it, and how many answers are for that.
    var readOnlyNumber = 0
    var answersToReadOnly = 0
    /// Whether it was passed over because of a failure before it.
    var wasSkipped = false
    /// Whether a sync follows it. Those before it, back to the last sync, are one transaction with it.
    var endsSync = true
    /// How often it was sent again.
    private(set) var resends = 0
    var wasResent: Bool { resends > 0 }

    init(
        _ order: Order, ticket: UInt64, now: MonotonicTime, config: DatabaseConfig, for asker: Asker
    ) {
        self.order = order
        self.ticket = ticket
        askedAt = now
        waitDeadline = now + config.waitLimit
        deadline = now + (order.limit ?? config.statementLimit)
        self.asker = asker
    }

    deinit {
        if let result { PQclear(result) }
    }

    /// Whether nobody waits for the answer any more.
    var isAnswered: Bool { if case .nobody = asker { true } else { false } }

    var hasOwnAnswer: Bool { answers > answersBefore }

    /// Whether what went before it failed: the prelude or the preparation.
    var failedBefore: Bool { failure != nil && failedAt <= answersBefore }

    /// Whether what made its group read-only failed, of which it is innocent.
    var failedToBeReadOnly: Bool { failure != nil && failedAt <= answersToReadOnly }

    func answer(_ rows: Rows) { exchange(&asker, with: .nobody).resume(with: .success(rows)) }

    func answer(throwing error: any Error) { exchange(&asker, with: .nobody).resume(with: .failure(error)) }

    /// Hands over the kept result.
    func answerWithResult() {
        guard let result else {
            return answer(throwing: PostgresError(.connectionLost, "an empty answer", statement: order.text))
        }
        self.result = nil
        answer(Rows(owning: result))
    }

    /// Forgets what an earlier attempt left, so that it can be sent once more.
    func reset() {
        if let result { PQclear(result) }
        result = nil
        failure = nil
        failedAt = 0
        answersToReadOnly = 0
        wasSkipped = false
        prepared = nil
        evicted = nil
        prepares = false
        answers = 0
        answersBefore = 0
        endsSync = true
        resends += 1
    }
}
