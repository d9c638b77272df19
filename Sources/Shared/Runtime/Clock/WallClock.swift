/// The time of day, so that tests can move it.
public protocol WallClock: Sendable {
    var now: Timestamp { get }
    /// Returns at or after `time`; throws `CancellationError` when the task is cancelled first.
    func sleep(until time: Timestamp) async throws
}

extension WallClock {
    public func sleep(for span: Duration) async throws { try await sleep(until: now + span) }
}

/// The machine's clock.
public struct SystemClock: WallClock {
    /// The clock may be set while we sleep, so a long sleep looks again now and then.
    private static let longestNap = Duration.seconds(60)

    public init() {}

    public var now: Timestamp { .now }

    public func sleep(until time: Timestamp) async throws {
        try Task.checkCancellation()
        while case let rest = time - now, rest > .zero {
            try await nap(min(rest, Self.longestNap))
        }
    }

    private func nap(_ span: Duration) async throws {
        guard let loop = EventLoop.current else { return try await Task.sleep(for: span) }
        try await loop.domain.sleep(for: span)
    }
}
