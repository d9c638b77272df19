import Glibc
import Synchronization

/// Gives the log's thread a moment to write what it has when the process crashes. The last lines are the ones that tell.
public enum CrashFlush {
    private static let patience = 200
    private static let faults = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    // Safe: written once by `install`, before the handler that reads it can run.
    nonisolated(unsafe) private static let earlier = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)

    private static let installed: Void = {
        for fault in faults {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = waitForLog
            action.sa_flags = SA_ONSTACK
            sigaction(fault, &action, earlier + Int(fault))
        }
    }()

    public static func install() { installed }

    /// Runs on the thread that crashed, while the log's thread goes on. Takes no lock and no memory.
    private static let waitForLog: @convention(c) (Int32) -> Void = { fault in
        for _ in 0..<patience where LogWriter.unwrittenOfAll.load(ordering: .acquiring) > 0 { usleep(1000) }
        // As it would have been without us: the default, or the runtime's own report.
        sigaction(fault, earlier + Int(fault), nil)
        raise(fault)
    }
}
