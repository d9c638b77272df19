import JSON
import Postgres
import Runtime

extension PlanCycle: SQLEncodable, SQLDecodable {}

extension Plan: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        name = try row["name"]
        rank = try row["rank"]
        trialDays = try row["trial_days"]
        isOffered = try row["is_offered"]
        let prices: String = try row["prices"]
        self.prices = (try? JSONCoder.decode([PlanPrice].self, from: prices)) ?? []
        let features: String = try row["features"]
        self.features = (try? JSONCoder.decode([PlanFeature].self, from: features)) ?? []
    }

    /// By rank. With those that are not offered any more for administrators.
    static func all(withdrawn: Bool = false, _ id: String? = nil, on sql: some SQLRunner) async throws -> [Plan] {
        try await sql.all(
            """
            select p.id, p.name, p.rank, p.trial_days, p.is_offered,
                (
                    select coalesce(json_agg(json_build_object(
                        'id', c.id, 'cycle', c.cycle, 'currency', c.currency, 'amount', c.amount
                    ) order by c.currency, c.amount), '[]')
                    from plan_prices c
                    where c.plan_id = p.id and c.withdrawn_at is null
                )::text as prices,
                (
                    select coalesce(json_agg(json_build_object(
                        'feature', f.feature, 'amount', f.amount
                    ) order by f.feature), '[]')
                    from plan_features f
                    where f.plan_id = p.id
                )::text as features
            from plans p
            where (p.is_offered or \(withdrawn)) and (\(id)::text is null or p.id = \(id))
            order by p.rank
            """)
    }
}

extension PlanPrice: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        cycle = try row["cycle"]
        currency = try row["currency"]
        amount = try row["amount"]
    }

    /// What is offered now.
    static func find(
        _ plan: String, _ cycle: PlanCycle, in currency: String, on sql: some SQLRunner
    ) async throws -> PlanPrice? {
        try await sql.first(
            """
            select c.id, c.cycle, c.currency, c.amount
            from plan_prices c
            join plans p on p.id = c.plan_id and p.is_offered
            where c.plan_id = \(plan) and c.cycle = \(cycle) and c.currency = \(currency) and c.withdrawn_at is null
            """)
    }
}
