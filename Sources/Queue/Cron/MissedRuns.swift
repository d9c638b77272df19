/// What to do about occurrences that passed while no scheduler ran.
package enum MissedRuns: Hashable, Sendable {
    /// None of them runs.
    case skip
    /// One run makes up for all of them.
    case runOnce
    /// The newest `limit` (10,000 at most) of those that are not older than `within`.
    case runAll(limit: Int, within: Duration)
}

extension MissedRuns: CustomStringConvertible {
    package var description: String {
        switch self {
        case .skip: "skip"
        case .runOnce: "run once"
        case .runAll(let limit, let age): "run at most \(limit) of the last \(age.components.seconds) s"
        }
    }
}
