import CSystem
import Glibc

/// The epoll set of a loop and the eventfd that wakes it.
struct Poller: Sendable {
    let epoll: Int32
    private let alarm: Int32
    /// Stands for the alarm among the tokens of registrations, whose descriptors are never negative.
    static let alarmToken = UInt64.max

    init() {
        epoll = csystem_epoll_create()
        alarm = csystem_eventfd()
        precondition(epoll >= 0 && alarm >= 0, "no descriptors left for an event loop")
        let failure = csystem_epoll_control(epoll, EPOLL_CTL_ADD, alarm, IOEvents.readable.rawValue, Self.alarmToken)
        precondition(failure == 0, "the kernel refused an event loop's alarm")
    }

    func wake() {
        var one: UInt64 = 1
        _ = write(alarm, &one, 8)
    }

    func silenceAlarm() {
        var count: UInt64 = 0
        _ = read(alarm, &count, 8)
    }

    func add(_ registration: IORegistration, _ events: IOEvents) throws(SystemError) {
        try control(EPOLL_CTL_ADD, registration, events)
    }

    func change(_ registration: IORegistration, to events: IOEvents) throws(SystemError) {
        try control(EPOLL_CTL_MOD, registration, events)
    }

    /// A descriptor that is already closed has left the set by itself.
    func remove(_ registration: IORegistration) {
        _ = csystem_epoll_control(epoll, EPOLL_CTL_DEL, registration.descriptor, 0, 0)
    }

    func close() {
        Glibc.close(epoll)
        Glibc.close(alarm)
    }

    private func control(
        _ operation: Int32, _ registration: IORegistration, _ events: IOEvents
    ) throws(SystemError) {
        let failure = csystem_epoll_control(
            epoll, operation, registration.descriptor, events.rawValue, registration.token)
        if failure != 0 { throw SystemError(-failure, "epoll_ctl") }
    }
}
