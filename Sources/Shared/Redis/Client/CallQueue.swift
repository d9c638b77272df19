import Runtime

/// The calls that wait until they may write their command, first come, first served.
struct CallQueue {
    /// One waiting call. It may give up, and then its place is skipped.
    final class Caller {
        fileprivate var parking: ParkingID?
    }

    private var callers = NumberedRing<Caller>()
    /// How many wait.
    private(set) var count = 0
    /// How many were let on and have not written their command yet.
    var granted = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ caller: Caller, _ parking: ParkingID) {
        caller.parking = parking
        callers.append(caller)
        count += 1
        if callers.count > 2 * count + 64 { dropEmptyPlaces() }
    }

    mutating func popFirst() -> ParkingID? {
        while let caller = callers.popFirst() {
            guard let parking = exchange(&caller.parking, with: nil) else { continue }
            count -= 1
            return parking
        }
        return nil
    }

    /// For a caller that gave up; it may have been taken from the queue already.
    mutating func remove(_ caller: Caller) {
        if exchange(&caller.parking, with: nil) != nil { count -= 1 }
    }

    private mutating func dropEmptyPlaces() {
        var waiting = NumberedRing<Caller>()
        while let caller = callers.popFirst() {
            if caller.parking != nil { waiting.append(caller) }
        }
        callers = waiting
    }
}
