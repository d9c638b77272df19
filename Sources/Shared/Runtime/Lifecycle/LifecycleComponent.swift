/// A part of a process that is started and stopped.
public protocol LifecycleComponent: Sendable {
    var name: String { get }
    /// Returns when the part is ready for use. If it throws, it has cleaned up behind itself: `stop` is not called.
    /// A stop during the start cancels the task.
    func start() async throws
    /// Finishes or hands back what is in hand. Called once, after all that was started later has stopped.
    func stop() async
}

/// A part made of closures.
public struct Component: LifecycleComponent {
    public let name: String
    private let startBody: @Sendable () async throws -> Void
    private let stopBody: @Sendable () async -> Void

    public init(
        _ name: String, start: @escaping @Sendable () async throws -> Void = {},
        stop: @escaping @Sendable () async -> Void = {}
    ) {
        self.name = name
        startBody = start
        stopBody = stop
    }

    public func start() async throws { try await startBody() }
    public func stop() async { await stopBody() }
}
