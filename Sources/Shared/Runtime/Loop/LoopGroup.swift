import CSystem
import Glibc
import Synchronization

/// The loops of a process.
public final class LoopGroup: Sendable {
    public let loops: [EventLoop]
    /// The same as numbers: comparing them costs no reference count.
    private let addresses: [UInt]
    private let turn = Atomic<Int>(0)

    public init(count: Int) {
        precondition(count > 0)
        // A peer that went away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        loops = (0..<count).map { EventLoop(index: $0) }
        addresses = loops.map { UInt(bitPattern: Unmanaged.passUnretained($0).toOpaque()) }
    }

    /// The index of the loop whose thread this is, if it is one of these.
    public var currentIndex: Int? {
        guard let current = csystem_current_loop() else { return nil }
        for index in addresses.indices where addresses[index] == UInt(bitPattern: current) { return index }
        return nil
    }

    /// The loop the caller is on if it is one of these, else each in turn.
    public func next() -> EventLoop {
        if let current = EventLoop.current, contains(current) { return current }
        return loops[Int(UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).oldValue) % UInt(loops.count))]
    }

    /// Ends all loops; nothing may still need them.
    public func stop() {
        for loop in loops { loop.stop() }
    }

    private func contains(_ loop: EventLoop) -> Bool { loop.index < loops.count && loops[loop.index] === loop }
}
