import CSystem
import Synchronization

/// Random bytes from the kernel, fetched a page at a time: one `getrandom` per id would cost more than the id.
/// Keys and secrets do not come from here but from `Crypto`, which never keeps unused randomness in memory.
public enum Entropy {
    private struct Pool: ~Copyable {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var used = 4096

        mutating func take(into target: UnsafeMutableRawBufferPointer) {
            if bytes.count - used < target.count { refill() }
            bytes.withUnsafeBytes {
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[used..<used + target.count]))
            }
            used += target.count
        }

        mutating func refill() {
            let failure = bytes.withUnsafeMutableBytes { csystem_random($0.baseAddress, $0.count) }
            precondition(failure == 0, "the kernel gave no random bytes: errno \(-failure)")
            used = 0
        }
    }

    private static let pool = Mutex(Pool())

    /// Fills `target`, which has at most 256 bytes.
    public static func fill(_ target: UnsafeMutableRawBufferPointer) {
        precondition(target.count <= 256)
        pool.withLock { $0.take(into: target) }
    }

    public static func bits() -> UInt64 {
        var value: UInt64 = 0
        withUnsafeMutableBytes(of: &value) { fill($0) }
        return value
    }
}
