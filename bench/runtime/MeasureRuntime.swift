import BenchSupport
import Runtime

func measureRuntime() async throws {
    let group = LoopGroup(count: 1)
    var figures = Figures()
    try await measureLoop(group.loops[0], into: &figures)
    try await measureJSON(into: &figures)
    try await measureRedis(into: &figures)
    try await measurePostgres(group, into: &figures)
    try await measureIdleProcess(into: &figures)
    figures.print()
}

/// Runs `body` as a task of the loop.
func onLoop<Value: Sendable>(
    _ loop: EventLoop, _ body: @escaping @Sendable (isolated LoopDomain) async throws -> Value
) async throws -> Value {
    try await Task(executorPreference: loop) { try await body(loop.domain) }.value
}
