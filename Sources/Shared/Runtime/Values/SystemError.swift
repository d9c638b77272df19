import Glibc

/// A system call that failed: what was tried, and the kernel's reason.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    public let code: Int32
    public let operation: String

    public init(_ code: Int32, _ operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The error of the call that just failed on this thread.
    public static func last(_ operation: String) -> SystemError { SystemError(errno, operation) }

    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
