import JSON
import Postgres
import Queue
import Runtime

/// How somebody's membership stands.
package struct Subscription: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable {
        case none, trialing, active
        /// The time is over and nobody has renewed: for a few days everything stays.
        case pastDue = "past_due"
        case cancelled, expired

        /// Whether the plan counts.
        package var isEntitled: Bool { self == .trialing || self == .active || self == .pastDue }
    }

    package let plan: String?
    package let status: Status
    package let periodStart: Timestamp?
    /// Nil: for good, or nothing.
    package let periodEnd: Timestamp?
    package let graceUntil: Timestamp?
    package let cancelsAtEnd: Bool

    static let none = Subscription(
        plan: nil, status: .none, periodStart: nil, periodEnd: nil, graceUntil: nil, cancelsAtEnd: false)

    /// What it is called that counts now.
    package var entitledPlan: String { status.isEntitled ? plan ?? Plan.free : Plan.free }

    /// When it changes by itself.
    var nextChange: Timestamp? {
        switch status {
        case .trialing, .active: periodEnd
        case .pastDue: graceUntil
        case .none, .cancelled, .expired: nil
        }
    }

    /// What follows from all grants that ever counted. Those of one plan that touch are one period.
    init(from grants: [Grant], cancelsAtEnd: Bool, grace: Duration, at now: Timestamp) {
        let begun = grants.filter { $0.startsAt <= now }
        let live = begun.filter { $0.isLive(at: now) }
        guard let best = live.max(by: { ($0.rank, $0.startsAt) < ($1.rank, $1.startsAt) }) else {
            self.init(after: begun, cancelsAtEnd: cancelsAtEnd, grace: grace, at: now)
            return
        }
        var end = best.endsAt
        for next in grants where next.plan == best.plan {
            guard let reached = end else { break }
            if next.startsAt <= reached { end = next.endsAt.map { max($0, reached) } }
        }
        self.init(
            plan: best.plan, status: best.cycle == .trial ? .trialing : .active, periodStart: best.startsAt,
            periodEnd: end, graceUntil: nil, cancelsAtEnd: cancelsAtEnd && end != nil)
    }

    /// Where nothing is live any more.
    private init(after ended: [Grant], cancelsAtEnd: Bool, grace: Duration, at now: Timestamp) {
        guard let last = ended.max(by: { ($0.endsAt ?? now) < ($1.endsAt ?? now) }), let end = last.endsAt else {
            self = .none
            return
        }
        let isLate = last.cycle != .trial && !cancelsAtEnd && end + grace > now
        self.init(
            plan: last.plan, status: isLate ? .pastDue : cancelsAtEnd ? .cancelled : .expired,
            periodStart: last.startsAt, periodEnd: end, graceUntil: isLate ? end + grace : nil,
            cancelsAtEnd: cancelsAtEnd)
    }

    init(
        plan: String?, status: Status, periodStart: Timestamp?, periodEnd: Timestamp?, graceUntil: Timestamp?,
        cancelsAtEnd: Bool
    ) {
        self.plan = plan
        self.status = status
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.graceUntil = graceUntil
        self.cancelsAtEnd = cancelsAtEnd
    }
}

/// Looks again at a membership whose time has come.
package struct RefreshSubscription: Job, Codable, Equatable {
    package static let kind = "payment.refresh_subscription"
    package static let queue = QueueName.payments
    package let user: ID<User>
}

extension Subscription.Status: SQLEncodable, SQLDecodable {}

extension Subscription: RowDecodable {
    package init(row: Row) throws(RowError) {
        plan = try row["plan_id"]
        status = try row["status"]
        periodStart = try row["period_start"]
        periodEnd = try row["period_end"]
        graceUntil = try row["grace_until"]
        cancelsAtEnd = try row["cancels_at_end"]
    }

    private static let columns: StaticString = "plan_id, status, period_start, period_end, grace_until, cancels_at_end"

    static func find(of user: ID<User>, on sql: some SQLRunner) async throws -> Subscription? {
        try await sql.first("select \(literally: columns) from subscriptions where user_id = \(user)")
    }

    /// Makes the row where there is none, and keeps all others away from the person's grants until the commit.
    static func lock(of user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws -> Subscription {
        try await sql.one(
            """
            insert into subscriptions (user_id, status, changed_at) values (\(user), 'none', \(now))
            on conflict (user_id) do update set changed_at = subscriptions.changed_at
            returning \(literally: columns)
            """)
    }

    func keep(of user: ID<User>, at now: Timestamp, on sql: some SQLRunner) async throws {
        try await sql.run(
            """
            update subscriptions
            set plan_id = \(plan), status = \(status), period_start = \(periodStart), period_end = \(periodEnd),
                grace_until = \(graceUntil), cancels_at_end = \(cancelsAtEnd), changed_at = \(now)
            where user_id = \(user)
            """)
    }
}

extension UserChange.Subject {
    static let subscription = UserChange.Subject("subscription")
    /// The subject is the order.
    static let payments = UserChange.Subject("payments")
}

extension Payments {
    /// Brings the row of a person, which is locked, to what follows from the grants, and comes back when that changes.
    func refresh(
        _ before: Subscription, cancelsAtEnd: Bool, of user: ID<User>, on transaction: JobTransaction
    ) async throws {
        let now = now
        let grants = try await Grant.all(of: user, at: now - .days(400), on: transaction)
        let after = Subscription(from: grants, cancelsAtEnd: cancelsAtEnd, grace: config.grace, at: now)
        guard after != before else { return }
        try await after.keep(of: user, at: now, on: transaction)
        if let next = after.nextChange, next != before.nextChange {
            try await transaction.enqueue(RefreshSubscription(user: user), JobOptions(runAt: next))
        }
        try await UserChange.record(.subscription, of: user, at: now, on: transaction)
    }

    /// When a period, or the days after it, have ended.
    package func refresh(_ job: RefreshSubscription, on transaction: JobTransaction) async throws {
        let before = try await Subscription.lock(of: job.user, at: now, on: transaction)
        try await refresh(before, cancelsAtEnd: before.cancelsAtEnd, of: job.user, on: transaction)
    }
}
