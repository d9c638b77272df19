import Runtime
import Synchronization

/// A transaction that is under way. Its statements go out in the order in which they are asked for, also when they are
/// not awaited one by one.
public final class Transaction: SQLRunner {
    /// How far apart from other transactions it is kept, and whether it may write.
    public enum Mode: Sendable {
        case readCommitted, repeatableRead, serializable, readOnly

        var begin: StaticString {
            switch self {
            case .readCommitted: "begin isolation level read committed"
            case .repeatableRead: "begin isolation level repeatable read"
            case .serializable: "begin isolation level serializable"
            case .readOnly: "begin isolation level repeatable read read only"
            }
        }
    }

    fileprivate enum State {
        /// Nothing was sent: `begin` goes out with the first statement.
        case new
        /// The first statement, and `begin` with it, is on its way: the others wait to see it open.
        case beginning([UnsafeContinuation<Void, Never>])
        case open
        /// Its first statement failed, so it may not even have begun.
        case failed
        case over
    }

    let lease: Lease
    private let mode: Mode
    private let state = Mutex(State.new)
    /// What first went wrong; later statements only say that something had.
    private let firstFailure = Mutex<PostgresError?>(nil)

    init(on lease: Lease, mode: Mode) {
        self.lease = lease
        self.mode = mode
    }

    public func query(_ statement: SQL, within limit: Duration?) async throws -> Rows {
        try await perform(.statement(statement), within: limit)
    }

    /// Runs `body` so that, when it fails, only what it did is undone and the transaction goes on.
    @discardableResult
    public func savepoint<Value>(_ body: () async throws -> Value) async throws -> Value {
        // An inner one of the same name hides the outer one until it is released.
        _ = try await perform(.command("savepoint part"))
        do {
            let value = try await body()
            _ = try await perform(.command("release savepoint part"))
            return value
        } catch {
            _ = try await perform(.command("rollback to savepoint part"), evenCancelled: true)
            _ = try await perform(.command("release savepoint part"), evenCancelled: true)
            throw error
        }
    }

    func perform(
        _ request: Order.Request, within limit: Duration? = nil, evenCancelled: Bool = false
    ) async throws -> Rows {
        do {
            return try await send(request, within: limit, evenCancelled: evenCancelled)
        } catch let error as PostgresError where error.kind == .refused {
            firstFailure.withLock { first in
                if first == nil, error.sqlState != .inFailedTransaction { first = error }
            }
            throw error
        }
    }

    /// The failure behind one that only says that there was one before.
    func cause(of error: any Error) -> any Error {
        guard (error as? PostgresError)?.sqlState == .inFailedTransaction else { return error }
        return firstFailure.withLock { $0 } ?? error
    }

    private func send(
        _ request: Order.Request, within limit: Duration?, evenCancelled: Bool
    ) async throws -> Rows {
        guard try await isFirst() else {
            return try await lease.perform(request, within: limit, evenCancelled: evenCancelled)
        }
        do {
            let rows = try await begin(before: request, within: limit)
            began(.open)
            return rows
        } catch {
            began(.failed)
            throw error
        }
    }

    private func begin(before request: Order.Request, within limit: Duration?) async throws -> Rows {
        guard Order(request).isPipelined else {
            _ = try await lease.perform(.command(mode.begin.description))
            return try await lease.perform(request, within: limit)
        }
        return try await lease.perform(request, prelude: mode.begin, within: limit)
    }

    // MARK: The beginning

    /// Whether the caller has to send `begin`; if someone else just does, waits for that.
    private func isFirst() async throws(PostgresError) -> Bool {
        while true {
            let step = state.withLock { $0.step() }
            switch step {
            case .begin: return true
            case .wait: await waitUntilBegun()
            case .go: return false
            case .refuse(let reason): throw PostgresError(.closed, reason)
            }
        }
    }

    private func waitUntilBegun() async {
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            let isWaiting = state.withLock { state in
                guard case .beginning(let waiting) = state else { return false }
                state = .beginning(waiting + [continuation])
                return true
            }
            if !isWaiting { continuation.resume() }
        }
    }

    private func began(_ next: State) {
        let waiting = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
            guard case .beginning(let waiting) = state else { return [] }
            state = next
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: The end

    /// Commits; an error means that nothing was done, unless it is a lost connection.
    func commit() async throws {
        guard end() else { return }
        let rows = try await lease.perform(.command("commit"), evenCancelled: true)
        if rows.tag == "ROLLBACK" {
            var error = PostgresError(.refused, "a statement had failed, so the transaction was rolled back")
            error.sqlState = .inFailedTransaction
            throw error
        }
    }

    /// Undoes everything. If that cannot be done here, the connection is not used again, and the server does it.
    func rollBack() async {
        guard end() else { return }
        // A cancellation that comes late hits the rollback instead of what it was meant for.
        for _ in 0..<2 {
            do {
                _ = try await lease.perform(.command("rollback"), evenCancelled: true)
                return
            } catch {}
        }
    }

    /// Whether there is anything to end on the server. Statements that still wait are refused.
    private func end() -> Bool {
        let (isBegun, waiting) = state.withLock { state -> (Bool, [UnsafeContinuation<Void, Never>]) in
            defer { state = .over }
            return switch state {
            case .new, .over: (false, [])
            case .beginning(let waiting): (true, waiting)
            case .open, .failed: (true, [])
            }
        }
        for continuation in waiting { continuation.resume() }
        return isBegun
    }
}

extension Transaction.State {
    fileprivate enum Step { case begin, wait, go, refuse(String) }

    /// What a statement that comes now has to do.
    fileprivate mutating func step() -> Step {
        switch self {
        case .new:
            self = .beginning([])
            return .begin
        case .beginning: return .wait
        case .open: return .go
        case .failed: return .refuse("the transaction failed with its first statement")
        case .over: return .refuse("the transaction is over")
        }
    }
}
