import Runtime

/// How far back a chart goes, and how wide its steps are.
package enum StatisticsRange: String, Sendable, CaseIterable {
    case fiveMinutes = "5m"
    case hour = "1h"
    case sixHours = "6h"
    case day = "24h"
    case week = "7d"
    case month = "30d"

    package var duration: Duration {
        switch self {
        case .fiveMinutes: .minutes(5)
        case .hour: .hours(1)
        case .sixHours: .hours(6)
        case .day: .days(1)
        case .week: .days(7)
        case .month: .days(30)
        }
    }

    package var step: Duration {
        switch self {
        case .fiveMinutes, .hour: .minutes(1)
        case .sixHours: .minutes(5)
        case .day: .minutes(15)
        case .week: .hours(2)
        case .month: .hours(6)
        }
    }

    /// The rows that are read: the coarsest that fit into a step, and are kept for so long.
    var rows: StatisticsRollUp.Span {
        switch self {
        case .fiveMinutes, .hour: .minute
        case .sixHours, .day: .fiveMinutes
        case .week, .month: .hour
        }
    }
}
