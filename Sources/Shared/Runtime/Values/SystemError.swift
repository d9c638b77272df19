import Glibc

/// A system call that failed: what was tried, and the kernel's reason.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Int32
    package let operation: String

    package init(_ code: Int32, _ operation: String) {
        self.code = code
        self.operation = operation
    }

    /// The error of the call that just failed on this thread.
    package static func last(_ operation: String) -> SystemError { SystemError(errno, operation) }

    package var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
