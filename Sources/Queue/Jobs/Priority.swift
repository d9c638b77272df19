/// Which of a queue's ready jobs go first. Lower ones still get one place in sixteen, so that none starves.
package enum Priority: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    case high = 0
    case normal = 1
    case low = 2

    package var description: String {
        switch self {
        case .high: "high"
        case .normal: "normal"
        case .low: "low"
        }
    }
}
