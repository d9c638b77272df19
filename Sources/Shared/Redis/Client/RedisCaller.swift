import Runtime

/// What can be asked of Redis, whether the connection is shared (`RedisClient`) or one's own (`RedisConnection`).
public protocol RedisCaller: Sendable {
    /// Sends the one command that `encode` writes; throws what Redis answers as an error. `encode` may run again when
    /// the command has to be sent again, which happens only if it cannot have had an effect.
    func call(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue

    /// Sends several commands next to each other; errors stand among the answers.
    func pipeline(
        within limit: Duration?, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> [RedisValue]
}

extension RedisCaller {
    /// `try await redis.call("SET", key, value)`
    @discardableResult @inlinable
    public func call<each Argument: RedisArgument>(
        _ name: StaticString, _ arguments: repeat each Argument, within limit: Duration? = nil
    ) async throws -> RedisValue {
        try await call(within: limit) { writer in
            writer.command(name)
            repeat (each arguments).write(to: &writer)
        }
    }

    @inlinable public func call(_ encode: @Sendable (inout CommandWriter) -> Void) async throws -> RedisValue {
        try await call(within: nil, encode)
    }

    public func pipeline(_ encode: @Sendable (inout CommandWriter) -> Void) async throws -> [RedisValue] {
        try await pipeline(within: nil, encode)
    }

    /// Runs the commands as one, with nothing of others between them (MULTI … EXEC). Errors stand among the answers.
    public func transaction(
        within limit: Duration? = nil, _ encode: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisArray {
        let answers = try await pipeline(within: limit) { writer in
            writer.command("MULTI")
            encode(&writer)
            writer.command("EXEC")
        }
        guard let last = answers.last else { throw RedisError.unexpectedReply(wanted: "an array", got: "nothing") }
        return try last.outcome.get().expectArray()
    }

    /// Runs a script; `arguments` writes the keys, then the rest. A server that does not know it gets its text with the
    /// same arguments: EVALSHA failed before it did anything, and EVAL cannot fail so again.
    public func run(
        _ script: RedisScript, keys: Int, expecting arguments: Int = 4, within limit: Duration? = nil,
        _ write: @Sendable (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        do {
            return try await call(within: limit) { writer in
                script.write(.digest, keys: keys, expecting: arguments, to: &writer)
                write(&writer)
            }
        } catch RedisError.server("NOSCRIPT", _) {
            return try await call(within: limit) { writer in
                script.write(.source, keys: keys, expecting: arguments, to: &writer)
                write(&writer)
            }
        }
    }

    @inlinable public func ping(within limit: Duration? = nil) async throws {
        _ = try await call(within: limit) { $0.command("PING") }
    }
}
