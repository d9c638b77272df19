import CSandbox
import Glibc
import Runtime

/// What a child says until it is gone, read by a thread that waits for it.
struct ChildOutput {
    private static let most = 4 << 20
    /// How soon a stop is noticed.
    private static let glance: Int32 = 200

    let descriptor: Int32
    let limit: Duration

    /// All that was said, and whether it had to be brought to its end: by a stop, or since it took too long.
    struct Said {
        var bytes: [UInt8] = []
        var isStopped = false
        var isLate = false
    }

    /// `stop` ends the child, once; what it says after that is nothing. Each piece goes to `onOutput` as well.
    func all(isStopped: () -> Bool, onOutput: ([UInt8]) -> Void = { _ in }, stop: () -> Void) -> Said {
        let deadline = MonotonicTime.now + limit
        var said = Said()
        while true {
            let readable = csandbox_wait_readable(descriptor, Self.glance)
            if !said.isStopped, !said.isLate {
                said.isStopped = isStopped()
                said.isLate = MonotonicTime.now > deadline
                if said.isStopped || said.isLate { stop() }
            }
            guard readable != 0 else { continue }
            let piece = read()
            if piece.isEmpty { return said }
            guard !said.isStopped, !said.isLate else { continue }
            onOutput(piece)
            if said.bytes.count < Self.most { said.bytes += piece }
        }
    }

    private func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16 << 10) { target, count in
            count = max(0, Glibc.read(descriptor, target.baseAddress, target.count))
        }
    }
}
