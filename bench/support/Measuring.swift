import Runtime

/// The middle of several runs: one slow moment of the machine does not decide.
package func median(of runs: Int = 5, _ body: () async throws -> Double) async rethrows -> Double {
    var values: [Double] = []
    for _ in 0..<runs { values.append(try await body()) }
    return values.sorted()[runs / 2]
}

/// Nanoseconds of this thread's CPU that each of `count` steps took.
package func cpuNanoseconds(per count: Int, _ body: () async throws -> Void) async rethrows -> Double {
    let start = CPUTime.ofThread
    try await body()
    return Double((CPUTime.ofThread - start).nanoseconds) / Double(count)
}

/// How many of `count` things were done in a second.
package func rate(of count: Int, _ body: () async throws -> Void) async rethrows -> Double {
    let start = MonotonicTime.now
    try await body()
    return Double(count) / (MonotonicTime.now - start).inSeconds
}
