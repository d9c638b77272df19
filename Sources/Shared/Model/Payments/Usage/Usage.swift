import Postgres
import Runtime

/// How much of a feature somebody has used in this month, and may.
package struct FeatureUsage: Sendable {
    package let feature: String
    package let used: Int64
    /// Nil: without a limit.
    package let limit: Int64?
    /// Bought or given beyond the plan.
    package let credits: Int64
    package let periodStart: Timestamp
}

/// What people may do by their plan. Months begin on their first day, in UTC.
package struct Entitlements: Sendable {
    let database: Database
    let grace: Duration
    let clock: any WallClock

    package init(database: Database, grace: Duration = .days(3), clock: any WallClock = SystemClock()) {
        self.database = database
        self.grace = grace
        self.clock = clock
    }

    /// What the plan of a person says of a feature. Nil: without a limit.
    package func limit(_ feature: String, of user: ID<User>) async throws -> Int64? {
        let found: (Int64?, Bool)? = try await database.first(
            "select \(Self.amount(of: user, feature, clock.now, grace)) as amount, true")
        return found?.0
    }

    /// Refuses unless the person's plan has the feature.
    package func demand(_ feature: String, of user: ID<User>) async throws {
        if try await limit(feature, of: user) == 0 {
            throw Problem(.paymentRequired, "Your plan does not have this")
        }
    }

    /// Takes so much of what the month allows, then of credits; or nothing, where there is not enough of both together.
    package func take(_ amount: Int64, of feature: String, by user: ID<User>) async throws {
        let now = clock.now
        let isGranted = try await database.transaction { transaction in
            try await transaction.run(
                """
                insert into feature_usage (user_id, feature, period_start, used)
                values (\(user), \(feature), \(Self.month(of: now)), 0)
                on conflict do nothing
                """)
            let (used, limit): (Int64, Int64?) = try await transaction.one(
                """
                select used, \(Self.amount(of: user, feature, now, grace)) from feature_usage
                where user_id = \(user) and feature = \(feature) and period_start = \(Self.month(of: now))
                for no key update
                """)
            let fromPlan = limit.map { min(max($0 - used, 0), amount) } ?? amount
            if fromPlan < amount {
                let count = try await transaction.run(
                    """
                    update feature_credits set remaining = remaining - \(amount - fromPlan)
                    where user_id = \(user) and feature = \(feature) and remaining >= \(amount - fromPlan)
                    """)
                guard count > 0 else { return false }
            }
            try await transaction.run(
                """
                update feature_usage set used = used + \(fromPlan)
                where user_id = \(user) and feature = \(feature) and period_start = \(Self.month(of: now))
                """)
            return true
        }
        guard isGranted else { throw Problem(.paymentRequired, "This month's share is used up") }
    }

    /// Adds to what somebody may use beyond their plan.
    package func give(_ amount: Int64, of feature: String, to user: ID<User>) async throws {
        try await database.run(
            """
            insert into feature_credits as c (user_id, feature, remaining) values (\(user), \(feature), \(amount))
            on conflict (user_id, feature) do update set remaining = c.remaining + excluded.remaining
            """)
    }

    /// Of all features that the person's plan names.
    package func usage(of user: ID<User>) async throws -> [FeatureUsage] {
        let now = clock.now
        return try await database.all(
            """
            select f.feature, f.amount, coalesce(u.used, 0) as used, coalesce(c.remaining, 0) as credits,
                \(Self.month(of: now))::timestamptz as period_start
            from plan_features f
            left join feature_usage u on u.user_id = \(user) and u.feature = f.feature
                and u.period_start = \(Self.month(of: now))
            left join feature_credits c on c.user_id = \(user) and c.feature = f.feature
            where f.plan_id = \(Self.plan(of: user, now, grace))
            order by f.feature
            """)
    }

    /// The highest plan of which a grant counts, or did until a few days ago.
    private static func plan(of user: ID<User>, _ now: Timestamp, _ grace: Duration) -> SQL {
        """
        coalesce((
            select g.plan_id from membership_grants g
            join plans p on p.id = g.plan_id
            left join membership_grants s on s.id = g.superseded_by
            left join subscriptions b on b.user_id = g.user_id
            where g.user_id = \(user) and g.starts_at <= \(now) and g.revoked_at is null
                and (s.id is null or s.revoked_at is not null)
                and (
                    g.ends_at is null or g.ends_at > \(now)
                    or g.ends_at > \(now - grace) and g.cycle <> 'trial' and not b.cancels_at_end
                )
            order by p.rank desc
            limit 1
        ), 'free')
        """
    }

    private static func amount(of user: ID<User>, _ feature: String, _ now: Timestamp, _ grace: Duration) -> SQL {
        """
        (
            select case when count(*) = 0 then 0 else min(f.amount) end from plan_features f
            where f.feature = \(feature) and f.plan_id = \(plan(of: user, now, grace))
        )
        """
    }

    private static func month(of now: Timestamp) -> Timestamp {
        let civil = now.civil
        return Timestamp(CivilTime(year: civil.year, month: civil.month, day: 1))
    }
}

extension FeatureUsage: RowDecodable {
    package init(row: Row) throws(RowError) {
        feature = try row["feature"]
        used = try row["used"]
        limit = try row["amount"]
        credits = try row["credits"]
        periodStart = try row["period_start"]
    }
}
