import Model
import Runtime

/// The answer of a request under its idempotency key.
struct KeptAnswer: Sendable {
    let digest: [UInt8]
    let status: Int
    let location: String?
    let body: [UInt8]

    /// How long it is given again.
    static let lifetime = Duration.hours(24)
}

/// Whose key it is, and for what.
struct AnswerKey: Sendable {
    let user: ID<User>
    let route: String
    let key: String
}
