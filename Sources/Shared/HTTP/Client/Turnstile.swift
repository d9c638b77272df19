import Runtime

/// Lets a few in at a time for each name; the others wait in the order they came.
final class Turnstile {
    private struct Gate {
        var inside = 0
        var waiting: [ParkingID] = []
    }

    private let places: Int
    private var gates: [String: Gate] = [:]
    private var closed: (any Error)?

    init(places: Int) {
        precondition(places > 0)
        self.places = places
    }

    /// Throws what `park` throws. Whoever was let in has to leave.
    func enter(_ name: String, within limit: Duration, on domain: isolated LoopDomain) async throws {
        if let closed { throw closed }
        if gates[name, default: Gate()].inside < places {
            gates[name, default: Gate()].inside += 1
            return
        }
        try await domain.park(within: limit) { gates[name, default: Gate()].waiting.append($0) }
    }

    func leave(_ name: String, on domain: isolated LoopDomain) {
        guard var gate = gates.removeValue(forKey: name) else { return }
        var isTaken = false
        // The place is handed over, so that nobody who comes meanwhile can take it. Some have given up waiting.
        while !isTaken, !gate.waiting.isEmpty { isTaken = domain.unpark(gate.waiting.removeFirst()) }
        if !isTaken { gate.inside -= 1 }
        if gate.inside > 0 { gates[name] = gate }
    }

    func close(throwing error: any Error, on domain: isolated LoopDomain) {
        closed = error
        for name in gates.keys {
            for id in gates[name]?.waiting ?? [] { domain.unpark(id, throwing: error) }
            gates[name]?.waiting = []
        }
    }
}
