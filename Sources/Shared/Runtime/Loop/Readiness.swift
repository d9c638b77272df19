/// Waits once for a descriptor that has no source of its own yet: a connect, a handshake.
final class Readiness: IOSource {
    private let waiting: ParkingID

    private init(_ waiting: ParkingID) { self.waiting = waiting }

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) { domain.unpark(waiting) }

    static func wait(
        for events: IOEvents, of descriptor: Int32, until deadline: MonotonicTime, on domain: isolated LoopDomain
    ) async throws {
        var registration: IORegistration?
        var refusal: SystemError?
        defer { if let registration { domain.deregister(registration) } }
        try await domain.park(within: max(deadline - .now, .zero)) { id in
            do throws(SystemError) {
                registration = try domain.register(Readiness(id), descriptor: descriptor, interest: events)
            } catch {
                refusal = error
                domain.unpark(id)
            }
        }
        if let refusal { throw refusal }
    }
}
