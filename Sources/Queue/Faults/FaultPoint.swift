import Synchronization

/// A step of a job's way at which a test may end, stall or cut a process. Until a test arms it, passing one costs the
/// load of a flag.
package enum FaultPoint: String, Sendable, CaseIterable {
    case enqueueSending, enqueueAnswered
    case registerSending, registerAnswered
    case fetchSending, fetchAnswered
    case handlerStarting, handlerEnded
    /// The handler's transaction with the job's row has been committed.
    case rowClaimed
    case rowsDeleting, rowsDeleted
    case settleSending, settleAnswered
    case beatSending, beatAnswered
    case reapSending, reapAnswered
    case promoteSending, promoteAnswered
    case unregisterSending, unregisterAnswered

    /// What the process is to do now, apart from what the hook has done to it already.
    package enum Effect: Sendable {
        case none
        case cutConnection
    }

    package typealias Hook = @Sendable (FaultPoint) -> Effect

    private static let isArmed = Atomic<Bool>(false)
    private static let hook = Mutex<Hook?>(nil)

    /// For tests only: nothing in a product process calls this.
    package static func arm(_ newHook: Hook?) {
        hook.withLock { $0 = newHook }
        isArmed.store(newHook != nil, ordering: .releasing)
    }

    /// Whether the connection that is in use here is to be cut.
    @inline(__always) @discardableResult
    func pass() -> Bool {
        guard Self.isArmed.load(ordering: .relaxed) else { return false }
        return reached()
    }

    @inline(never)
    private func reached() -> Bool {
        let hook = Self.hook.withLock { $0 }
        return hook?(self) == .cutConnection
    }
}
