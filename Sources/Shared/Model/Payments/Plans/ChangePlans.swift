import JSON
import Postgres
import Runtime

/// What an administrator makes of a plan; nil leaves a part as it is.
package struct PlanChange: Sendable {
    package let id: String
    package let name: String?
    package let rank: Int?
    package let trialDays: Int?
    package let isOffered: Bool?
    /// All that the plan allows from now on.
    package let features: [PlanFeature]?

    package init(
        _ id: String, name: String?, rank: Int?, trialDays: Int?, isOffered: Bool?, features: [PlanFeature]?
    ) {
        self.id = id
        self.name = name
        self.rank = rank
        self.trialDays = trialDays
        self.isOffered = isOffered
        self.features = features
    }
}

extension Payments {
    /// Those that are offered.
    package func plans(withdrawn: Bool = false) async throws -> [Plan] {
        try await Plan.all(withdrawn: withdrawn, on: database)
    }

    /// Makes a plan, or changes the one of that id.
    package func keep(_ change: PlanChange) async throws -> Plan {
        try await database.transaction { transaction in
            let known: Bool = try await transaction.one(
                "select exists (select from plans where id = \(change.id))")
            guard known || (change.name != nil && change.rank != nil) else {
                throw Problem.invalid("name", .missing, "a new plan needs a name and a rank")
            }
            do {
                try await change.write(on: transaction)
            } catch let error as PostgresError where error.isUniqueViolation(of: "plans_rank") {
                throw Problem(.conflict, "Another plan has this rank")
            }
            guard let plan = try await Plan.all(withdrawn: true, change.id, on: transaction).first else {
                throw Problem(.notFound, "There is no such plan")
            }
            return plan
        }
    }

    /// Puts a price in the place of the one that was offered for the same; nil offers none any more.
    package func setPrice(
        of plan: String, _ cycle: PlanCycle, in currency: String, to amount: Int64?
    ) async throws -> Plan {
        let now = now
        return try await database.transaction { transaction in
            let known: String? = try await transaction.first("select id from plans where id = \(plan) for update")
            guard known != nil else { throw Problem(.notFound, "There is no such plan") }
            try await transaction.run(
                """
                update plan_prices set withdrawn_at = \(now)
                where plan_id = \(plan) and cycle = \(cycle) and currency = \(currency) and withdrawn_at is null
                """)
            if let amount {
                try await transaction.run(
                    """
                    insert into plan_prices (id, plan_id, cycle, currency, amount, created_at)
                    values (\(ID<PlanPrice>.new()), \(plan), \(cycle), \(currency), \(amount), \(now))
                    """)
            }
            guard let plan = try await Plan.all(withdrawn: true, plan, on: transaction).first else {
                throw Problem(.notFound, "There is no such plan")
            }
            return plan
        }
    }
}

extension PlanChange {
    fileprivate func write(on transaction: some SQLRunner) async throws {
        try await transaction.run(
            """
            insert into plans (id, name, rank, trial_days, is_offered)
            values (
                \(id), coalesce(\(name), \(id)), coalesce(\(rank)::int, 0), coalesce(\(trialDays)::int, 0),
                coalesce(\(isOffered), true)
            )
            on conflict (id) do update
            set name = coalesce(\(name), plans.name), rank = coalesce(\(rank)::int, plans.rank),
                trial_days = coalesce(\(trialDays)::int, plans.trial_days),
                is_offered = coalesce(\(isOffered), plans.is_offered)
            """)
        guard let features else { return }
        try await transaction.run("delete from plan_features where plan_id = \(id)")
        try await transaction.run(
            """
            insert into plan_features (plan_id, feature, amount)
            select \(id), f, a from unnest(\(features.map(\.feature)), \(features.map(\.amount))::bigint[]) x (f, a)
            """)
    }
}
