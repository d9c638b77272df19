import Runtime

/// Hashes and checks passwords on threads of its own: each takes tens of milliseconds and megabytes of memory.
public struct PasswordHasher: Sendable {
    public let cost: Argon2Cost
    private let pepper: SecretBytes
    private let pool: ThreadPool
    /// What a password is compared with when there is no account.
    private let nobody: PasswordHash

    private static let saltBytes = 16
    private static let tagBytes = 32

    /// `pepper` goes into every hash and stands in no table: a stolen table alone cannot be guessed against.
    public init(cost: Argon2Cost = Argon2Cost(), pepper: SecretBytes? = nil, pool: ThreadPool) {
        precondition(cost.isSane, "such a cost would not be accepted when the hash is read back")
        self.cost = cost
        self.pepper = pepper ?? SecretBytes(copying: "")
        self.pool = pool
        nobody = PasswordHash(
            cost: cost, salt: SecureRandom.bytes(Self.saltBytes), tag: SecureRandom.bytes(Self.tagBytes))
    }

    /// Throws `ThreadPool.Full` when too many wait already.
    public func hash(_ password: String) async throws -> PasswordHash {
        let salt = SecureRandom.bytes(Self.saltBytes)
        return try await pool.run { [cost, pepper] in
            let tag = Argon2.tag(of: password, salt: salt, secret: pepper, cost: cost, count: Self.tagBytes)
            return PasswordHash(cost: cost, salt: salt, tag: tag)
        }
    }

    /// Without a hash the answer is no, after the same time: the time must not tell whether an account exists.
    public func verify(_ password: String, against hash: PasswordHash?) async throws -> Bool {
        let stored = hash ?? nobody
        let matches = try await pool.run { [pepper] in
            let tag = Argon2.tag(
                of: password, salt: stored.salt, secret: pepper, cost: stored.cost, count: stored.tag.count)
            return constantTimeEqual(tag, stored.tag)
        }
        return matches && hash != nil
    }

    /// Whether the password should be hashed anew at this login, because what a hash should cost has changed.
    public func needsRehash(_ hash: PasswordHash) -> Bool { hash.cost != cost || hash.tag.count != Self.tagBytes }
}
