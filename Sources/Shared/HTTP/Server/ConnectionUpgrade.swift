import Runtime

/// Makes what speaks on a connection after HTTP has ended there.
public protocol ConnectionUpgrade {
    /// Called on the connection's loop, after the head of the answer was written. `early` is what the client sent on
    /// already; the answer hears all that follows.
    func takeOver(
        _ connection: StreamConnection, early: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) -> any StreamHandler
}

/// Where a streamed answer is written.
public protocol BodyWriter: AnyObject, Sendable {
    /// Returns when more is welcome; throws when the client is gone.
    func write(_ bytes: [UInt8]) async throws
}
