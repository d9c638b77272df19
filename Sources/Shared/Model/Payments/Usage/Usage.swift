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

/// What people may do by their plan. Months begin on their first day, in UTC. What a plan does not name is as in the free
/// one; what no plan names, everybody may.
package struct Entitlements: Sendable {
    let database: Database
    let grace: Duration
    let clock: any WallClock

    package init(database: Database, grace: Duration = .days(3), clock: any WallClock = SystemClock()) {
        self.database = database
        self.grace = grace
        self.clock = clock
    }

    /// What the plan of a person says of each feature. Nil: without a limit.
    package func limits(_ features: [String], of user: ID<User>) async throws -> [Int64?] {
        let found: [(String, Int64?)] = try await database.all(
            """
            select asked.feature, \(Self.amount(of: user, "asked.feature", clock.now, grace))
            from unnest(\(features)) asked (feature)
            """)
        let limits = Dictionary(found) { first, _ in first }
        return features.map { limits[$0] ?? nil }
    }

    package func limit(_ feature: String, of user: ID<User>) async throws -> Int64? {
        try await limits([feature], of: user)[0]
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
                select u.used, \(Self.amount(of: user, "u.feature", now, grace)) from feature_usage u
                where u.user_id = \(user) and u.feature = \(feature) and u.period_start = \(Self.month(of: now))
                for no key update of u
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
                or f.plan_id = 'free' and not exists (
                    select from plan_features o
                    where o.plan_id = \(Self.plan(of: user, now, grace)) and o.feature = f.feature
                )
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

    /// `feature` is a column of the statement around it.
    private static func amount(
        of user: ID<User>, _ feature: StaticString, _ now: Timestamp, _ grace: Duration
    ) -> SQL {
        """
        (
            select case
                when count(*) = 0 then null
                when bool_or(f.plan_id = w.id) then min(f.amount) filter (where f.plan_id = w.id)
                when bool_or(f.plan_id = 'free') then min(f.amount) filter (where f.plan_id = 'free')
                else 0
            end
            from plan_features f
            cross join (select \(plan(of: user, now, grace)) as id) w
            where f.feature = \(literally: feature)
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
