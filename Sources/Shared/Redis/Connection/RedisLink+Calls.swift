import Runtime

extension RedisLink {
    /// Sends one command and waits for its answer. An error that Redis answers comes back as a value.
    func ask(
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> RedisValue {
        guard !Task.isCancelled else { throw CancellationError() }
        do {
            return try await withUnsafeThrowingContinuation { continuation in
                send(.task(continuation), until: deadline, on: domain, encode)
            }
        } catch let call as UnansweredCall {
            return try await LateReply.wait(for: call.reply, on: domain)
        }
    }

    /// Sends all commands that `encode` writes, next to each other, and waits for all answers.
    func askAll(
        until deadline: MonotonicTime, on domain: isolated LoopDomain, _ encode: (inout CommandWriter) -> Void
    ) async throws -> [RedisValue] {
        let gathering = LoopBound(ReplyGathering(), to: domain.loop)
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                send(gathering.value(on: domain), continuation, until: deadline, on: domain, encode)
            }
        } onCancel: {
            gathering.loop.execute { gathering.value(on: $0).fail(CancellationError()) }
        }
    }
}
