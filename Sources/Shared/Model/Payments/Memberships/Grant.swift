import Postgres
import Runtime

/// A time for which somebody is entitled to a plan: what a payment gives.
package struct Grant: Sendable {
    package enum Cycle: String, Sendable, CaseIterable { case trial, monthly, yearly, lifetime }
    package enum Revocation: String, Sendable, CaseIterable { case refund, dispute }

    package let id: ID<Grant>
    package let plan: String
    package let rank: Int
    package let cycle: Cycle
    package let startsAt: Timestamp
    /// Nil: for good.
    package let endsAt: Timestamp?
    /// What was paid for it; nil for a trial.
    let paid: Int64?
    let currency: String?

    func isLive(at time: Timestamp) -> Bool { endsAt.map { $0 > time } ?? true }

    /// What of its price is for the time that is still to come.
    func worth(at time: Timestamp, in currency: String) -> Int64 {
        guard let endsAt, let paid, self.currency == currency, endsAt > time else { return 0 }
        let whole = endsAt.seconds - startsAt.seconds
        let rest = endsAt.seconds - max(time.seconds, startsAt.seconds)
        guard whole > 0 else { return 0 }
        let product = paid.multipliedFullWidth(by: rest)
        return whole.dividingFullWidth(product).quotient
    }
}

/// What a grant takes off the price of a better plan, for which it gives way.
struct GrantCredit: Sendable, Equatable {
    let grant: ID<Grant>
    let amount: Int64
}

extension Payments {
    /// What somebody who goes to a better plan has paid already for the time to come.
    func upgradeCredits(
        for plan: String, _ cycle: PlanCycle, in currency: String, of user: ID<User>, on sql: some SQLRunner
    ) async throws -> [GrantCredit] {
        let now = now
        let grants = try await Grant.all(of: user, at: now, on: sql)
        let rank: Int? = try await sql.first("select rank from plans where id = \(plan)")
        guard let rank else { return [] }
        if grants.contains(where: { $0.endsAt == nil && $0.rank >= rank }) {
            throw Problem(.conflict, "You have this for good already")
        }
        return grants.filter { $0.rank < rank }.compactMap { grant in
            let worth = grant.worth(at: now, in: currency)
            return worth > 0 ? GrantCredit(grant: grant.id, amount: worth) : nil
        }
    }
}

extension Grant.Cycle: SQLEncodable, SQLDecodable {}
extension Grant.Revocation: SQLEncodable, SQLDecodable {}

extension Grant: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        plan = try row["plan_id"]
        rank = try row["rank"]
        cycle = try row["cycle"]
        startsAt = try row["starts_at"]
        endsAt = try row["ends_at"]
        paid = try row["paid"]
        currency = try row["currency"]
    }

    /// Those that count and have not ended before that time: neither revoked, nor given way to one that counts.
    static func all(of user: ID<User>, at time: Timestamp, on sql: some SQLRunner) async throws -> [Grant] {
        try await sql.all(
            """
            select g.id, g.plan_id, p.rank, g.cycle, g.starts_at, g.ends_at, m.amount as paid, m.currency
            from membership_grants g
            join plans p on p.id = g.plan_id
            left join payments m on m.id = g.payment_id
            left join membership_grants s on s.id = g.superseded_by
            where g.user_id = \(user) and (g.ends_at is null or g.ends_at > \(time)) and g.revoked_at is null
                and (s.id is null or s.revoked_at is not null)
            order by g.starts_at, g.id
            """)
    }

    /// One for a payment, whatever comes how often; false where it has its grant already.
    static func insert(
        _ id: ID<Grant>, of user: ID<User>, plan: String, _ cycle: Cycle, for payment: ID<Payment>?,
        _ start: Timestamp, _ end: Timestamp?, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            insert into membership_grants (id, user_id, plan_id, cycle, payment_id, starts_at, ends_at, created_at)
            values (\(id), \(user), \(plan), \(cycle), \(payment), \(start), \(end), \(now))
            on conflict do nothing
            """) > 0
    }

    /// Ends what that payment gave, and nothing else.
    static func revoke(
        of payment: ID<Payment>, for reason: Revocation, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Bool {
        try await sql.run(
            """
            update membership_grants set revoked_at = \(now), revoked_for = \(reason)
            where payment_id = \(payment) and revoked_at is null
            """) > 0
    }

    /// Lets what an order's price has taken into account give way.
    static func supersede(
        creditedFor order: ID<PaymentOrder>, by grant: ID<Grant>, on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update membership_grants set superseded_by = \(grant)
            where id in (select grant_id from order_credits where order_id = \(order))
            """)
    }
}

extension GrantCredit {
    static func keep(_ credits: [GrantCredit], for order: ID<PaymentOrder>, on sql: some SQLRunner) async throws {
        guard !credits.isEmpty else { return }
        try await sql.run(
            """
            insert into order_credits (order_id, grant_id, amount)
            select \(order), g, a from unnest(\(credits.map(\.grant)), \(credits.map(\.amount))) x (g, a)
            """)
    }

    /// Whether another order was paid meanwhile with what this one's price takes into account, or that was taken back.
    static func isSpent(by order: ID<PaymentOrder>, on sql: some SQLRunner) async throws -> Bool {
        try await sql.one(
            """
            select exists (
                select from order_credits c
                join membership_grants g on g.id = c.grant_id
                left join membership_grants s on s.id = g.superseded_by
                where c.order_id = \(order)
                    and (g.revoked_at is not null or s.id is not null and s.revoked_at is null)
            )
            """)
    }
}
