import Synchronization

/// The one place of a process for a suspect: were there two, the innocent one would be charged with the other's crash.
final class SuspectSeat: Sendable {
    private let isTaken = Atomic<Bool>(false)

    func take() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    }

    func leave() { isTaken.store(false, ordering: .releasing) }
}
