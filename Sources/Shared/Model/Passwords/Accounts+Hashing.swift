import Crypto
import Runtime

extension Accounts {
    func hash(_ password: NewPassword) async throws -> PasswordHash {
        try await busyAsProblem { try await hasher.hash(password.text) }
    }

    /// Without a hash the answer is no, after the same work.
    func verify(_ password: String, against hash: PasswordHash?) async throws -> Bool {
        try await busyAsProblem { try await hasher.verify(password, against: hash) }
    }

    /// More want to sign in than can be hashed for: better a few are sent away than all wait for minutes.
    private func busyAsProblem<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch is ThreadPool.Full {
            var problem = Problem(.unavailable, "Too many are signing in at the moment.")
            problem.retryAfter = .seconds(2)
            throw problem
        }
    }
}
