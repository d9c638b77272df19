import Runtime
import Synchronization

/// A token that all share: fetched once, however many want it, and fetched anew before it ends.
final class SharedToken: Sendable {
    struct Fetched: Sendable {
        let text: String
        /// From then on another one is fetched.
        let usableUntil: MonotonicTime
    }

    private struct State {
        var token: Fetched?
        var isFetching = false
        var waiting: [UnsafeContinuation<Result<String, any Error>, Never>] = []
    }

    private let state = Mutex(State())
    private let meters: TokenMeters?
    private let fetch: @Sendable () async throws -> Fetched

    init(_ meters: TokenMeters? = nil, _ fetch: @escaping @Sendable () async throws -> Fetched) {
        self.meters = meters
        self.fetch = fetch
    }

    func text() async throws -> String {
        if let known = begin() { return known }
        guard isMine() else { return try await wait() }
        do {
            let fetched = try await fetch()
            meters?.fetched(usableFor: fetched.usableUntil - .now)
            finish(.success(fetched.text), fetched)
            return fetched.text
        } catch {
            meters?.failed()
            finish(.failure(error), nil)
            throw error
        }
    }

    /// The provider does not take this one any more.
    func discard(_ text: String) {
        state.withLock { if $0.token?.text == text { $0.token = nil } }
    }

    private func begin() -> String? {
        state.withLock { state in
            guard let token = state.token, token.usableUntil > .now else { return nil }
            return token.text
        }
    }

    /// True for the one who fetches it for all.
    private func isMine() -> Bool {
        state.withLock { state in
            defer { state.isFetching = true }
            return !state.isFetching
        }
    }

    private func wait() async throws -> String {
        try await withUnsafeContinuation { (continuation: UnsafeContinuation<Result<String, any Error>, Never>) in
            let answer = state.withLock { state -> Result<String, any Error>? in
                // It may have come between the two looks.
                guard state.isFetching else { return state.token.map { .success($0.text) } ?? .failure(FetchFailed()) }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }.get()
    }

    private func finish(_ result: Result<String, any Error>, _ token: Fetched?) {
        let waiting = state.withLock { state in
            state.isFetching = false
            state.token = token
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }

    /// Whoever fetched it has failed in this moment.
    private struct FetchFailed: Error {}
}
