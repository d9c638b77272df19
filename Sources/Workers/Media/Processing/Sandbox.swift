import CSandbox
import Glibc
import Runtime

/// What a process shuts itself in with before it opens a file that a stranger has sent.
struct Sandbox {
    var cpuSeconds: UInt64 = 60
    var memoryBytes: UInt64 = 2 << 30
    var fileBytes: UInt64 = 1 << 30
    /// Whether it becomes another program, which then lives under the same rules.
    var mayExecute = false

    /// Libraries, fonts, and the tables that they need; no settings, no homes, no secrets.
    private static let system = [
        "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/magic", "/proc/self", "/proc/cpuinfo",
        "/proc/meminfo", "/sys/devices/system/cpu", "/dev/urandom",
    ]

    /// For good. Only `folder` is written to.
    func enter(folder: String, reading paths: [String] = []) throws {
        let reading = (Self.system + paths).map { strdup($0) }
        defer { for path in reading { free(path) } }
        var pointers = reading.map { $0.map { UnsafePointer($0) } } + [nil]
        let confined = csandbox_confine_files(&pointers, folder)
        guard confined == 0 else { throw SystemError(-confined, "confine files") }
        var limits = csandbox_limits(
            cpu_seconds: cpuSeconds, memory_bytes: memoryBytes, file_bytes: fileBytes, may_execute: mayExecute ? 1 : 0)
        let entered = csandbox_enter(&limits)
        guard entered == 0 else { throw SystemError(-entered, "enter the sandbox") }
    }
}
