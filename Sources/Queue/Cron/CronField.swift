/// A place in a cron expression, in the order of writing.
package enum CronField: Int, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case second, minute, hour, dayOfMonth, month, weekday

    package var description: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of month"
        case .month: "month"
        case .weekday: "day of week"
        }
    }

    /// Weekdays count from Sunday.
    var values: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .weekday: 0...6
        }
    }

    /// Sunday may be written as 7, too.
    var numbers: ClosedRange<Int> { self == .weekday ? 0...7 : values }

    /// For `values`, in their order.
    var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    var allowed: String {
        let numbers = "\(numbers.lowerBound) to \(numbers.upperBound)"
        let steps =
            "*, ranges a-b, steps */n or a-b/n with n from 1 to \(values.count - 1), and lists of these with commas"
        switch self {
        case .second, .minute, .hour: return "\(numbers), \(steps)"
        case .dayOfMonth:
            return "\(numbers), L (the last day), L-3, 15W (the workday nearest to the 15th), LW, ?, \(steps)"
        case .month: return "\(numbers) or JAN to DEC, \(steps)"
        case .weekday: return "\(numbers) or SUN to SAT, 5L (the last Friday), 5#2 (the second Friday), ?, \(steps)"
        }
    }
}
