import JSON
import Runtime

/// How long what is bought lasts.
package enum PlanCycle: String, Sendable, CaseIterable {
    case monthly, yearly, lifetime

    /// Nil: without end. Months end where they are shorter.
    func end(after start: Timestamp) -> Timestamp? {
        switch self {
        case .monthly: start.adding(months: 1)
        case .yearly: start.adding(months: 12)
        case .lifetime: nil
        }
    }
}

/// What somebody can be a member by.
package struct Plan: Sendable, Equatable {
    package let id: String
    package let name: String
    /// Whoever goes to a higher one upgrades.
    package let rank: Int
    package let trialDays: Int
    package let isOffered: Bool
    package let prices: [PlanPrice]
    package let features: [PlanFeature]

    /// What everybody has who has bought nothing.
    package static let free = "free"
}

/// What a plan costs, tax included. It never changes: another takes its place.
package struct PlanPrice: Sendable, Equatable, Codable {
    package let id: ID<PlanPrice>
    package let cycle: PlanCycle
    package let currency: String
    package let amount: Int64
}

extension PlanCycle: Codable {}

/// How much of something a plan allows.
package struct PlanFeature: Sendable, Equatable, Codable {
    package let feature: String
    /// Nil: without a limit. 0: not at all.
    package let amount: Int64?

    package init(_ feature: String, _ amount: Int64?) {
        self.feature = feature
        self.amount = amount
    }
}

extension Timestamp {
    /// The same day of another month, or its last one where it is shorter.
    func adding(months: Int) -> Timestamp {
        var civil = civil
        let count = civil.year * 12 + civil.month - 1 + months
        (civil.year, civil.month) = (count / 12, count % 12 + 1)
        civil.day = min(civil.day, CivilTime.daysIn(month: civil.month, of: civil.year))
        return Timestamp(civil)
    }
}
