import CSystem

/// What a descriptor can be ready for.
public struct IOEvents: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = IOEvents(rawValue: EPOLLIN.rawValue)
    public static let writable = IOEvents(rawValue: EPOLLOUT.rawValue)
    /// The peer has ended its side. Reported unasked, as errors are.
    public static let hangup = IOEvents(rawValue: EPOLLRDHUP.rawValue | EPOLLHUP.rawValue)
    public static let error = IOEvents(rawValue: EPOLLERR.rawValue)
}

/// Something that waits for a descriptor. Owned by one loop and only ever touched on it.
public protocol IOSource: AnyObject {
    /// Called when the descriptor is ready. Should do bounded work: level-triggered readiness comes back.
    func ready(_ events: IOEvents, on domain: isolated LoopDomain)
    /// Called at the end of a turn in which `flushAtEndOfTurn` was asked for: the place to write all that gathered.
    func flush(on domain: isolated LoopDomain)
}

extension IOSource {
    public func flush(on domain: isolated LoopDomain) {}
}

/// Names one registration of a descriptor. The generation tells it from a later one of the same number, so that an
/// event, or a call, that is late never reaches the wrong source.
public struct IORegistration: Hashable, Sendable {
    public let descriptor: Int32
    let generation: UInt32

    init(descriptor: Int32, generation: UInt32) {
        self.descriptor = descriptor
        self.generation = generation
    }

    init(token: UInt64) {
        self.init(
            descriptor: Int32(truncatingIfNeeded: token & 0xFFFF_FFFF),
            generation: UInt32(truncatingIfNeeded: token >> 32))
    }

    var token: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor)) }
}
