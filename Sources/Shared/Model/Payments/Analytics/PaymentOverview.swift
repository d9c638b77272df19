import Postgres
import Runtime

/// What somebody who looks after payments wants to know first.
package struct PaymentOverview: Sendable {
    package let waitingWebhooks: Int64
    package let oldestWaiting: Timestamp?
    package let openOrders: Int64
    package let excess: Int64
    package let contradictions: Int64
    package let openRefunds: Int64
    package let refundRequests: Int64
    package let withoutInvoice: Int64

    package static func find(on sql: some SQLRunner) async throws -> PaymentOverview {
        try await sql.one(
            """
            select (select count(*) from webhook_events where processed_at is null) as waiting,
                (select min(received_at) from webhook_events where processed_at is null) as oldest,
                (select count(*) from payment_orders where status = 'pending') as open_orders,
                (
                    select count(*) from payments m where m.standing = 'excess' and m.amount > (
                        select coalesce(sum(r.amount), 0) from refunds r
                        where r.payment_id = m.id and r.state = 'succeeded'
                    )
                ) as excess,
                (select count(*) from payment_facts where contradicts) as contradictions,
                (select count(*) from refunds where state in ('requested', 'submitted', 'unknown')) as open_refunds,
                (select count(*) from refund_requests where state = 'open') as requests,
                (select count(*) from invoices_due) as without_invoice
            """)
    }
}

extension PaymentOverview: RowDecodable {
    package init(row: Row) throws(RowError) {
        waitingWebhooks = try row["waiting"]
        oldestWaiting = try row["oldest"]
        openOrders = try row["open_orders"]
        excess = try row["excess"]
        contradictions = try row["contradictions"]
        openRefunds = try row["open_refunds"]
        refundRequests = try row["requests"]
        withoutInvoice = try row["without_invoice"]
    }
}

/// What came in and went out on one day in India, in one currency.
package struct RevenueDay: Sendable {
    package let day: String
    package let currency: String
    package let payments: Int64
    package let revenue: Int64
    package let refunded: Int64

    package static func all(_ window: Range<Timestamp>, on sql: some SQLRunner) async throws -> [RevenueDay] {
        try await sql.all(
            """
            select (x.at at time zone 'Asia/Kolkata')::date::text as day, x.currency, sum(x.n)::bigint as payments,
                sum(x.revenue)::bigint as revenue, sum(x.refunded)::bigint as refunded
            from (
                select captured_at as at, currency, 1 as n, amount as revenue, 0 as refunded
                from payments
                where standing = 'accepted' and captured_at >= \(window.lowerBound) and captured_at < \(window.upperBound)
                union all
                select r.settled_at, r.currency, 0, 0, r.amount
                from refunds r
                join payments m on m.id = r.payment_id and m.standing = 'accepted'
                where r.state = 'succeeded' and r.settled_at >= \(window.lowerBound)
                    and r.settled_at < \(window.upperBound)
            ) x
            group by 1, 2
            order by 1, 2
            """)
    }
}

extension RevenueDay: RowDecodable {
    package init(row: Row) throws(RowError) {
        day = try row["day"]
        currency = try row["currency"]
        payments = try row["payments"]
        revenue = try row["revenue"]
        refunded = try row["refunded"]
    }
}

/// How well a provider's orders are paid.
package struct ProviderSuccess: Sendable {
    package let provider: ProviderName
    package let orders: Int64
    package let paid: Int64
    package let failed: Int64
    package let expired: Int64
    package var rate: Double { orders == 0 ? 0 : Double(paid) / Double(orders) }

    package static func all(_ window: Range<Timestamp>, on sql: some SQLRunner) async throws -> [ProviderSuccess] {
        try await sql.all(
            """
            select provider, count(*) as orders, count(*) filter (where status in ('paid', 'refunded')) as paid,
                count(*) filter (where status = 'failed') as failed,
                count(*) filter (where status = 'expired') as expired
            from payment_orders
            where created_at >= \(window.lowerBound) and created_at < \(window.upperBound)
            group by provider
            order by provider
            """)
    }
}

extension ProviderSuccess: RowDecodable {
    package init(row: Row) throws(RowError) {
        provider = try row["provider"]
        orders = try row["orders"]
        paid = try row["paid"]
        failed = try row["failed"]
        expired = try row["expired"]
    }
}

/// Who stayed of those whose time ended.
package struct Churn: Sendable {
    /// Whose paid time of some plan ended in the window.
    package let ended: Int64
    /// Of those, whoever had no other a few days later.
    package let left: Int64
    package let members: Int64
    package var rate: Double { ended == 0 ? 0 : Double(left) / Double(ended) }

    package static func find(
        _ window: Range<Timestamp>, grace: Duration, at now: Timestamp, on sql: some SQLRunner
    ) async throws -> Churn {
        try await sql.one(
            """
            with ended as (
                select distinct g.user_id, max(g.ends_at) as at from membership_grants g
                where g.ends_at >= \(window.lowerBound) and g.ends_at < \(min(window.upperBound, now))
                    and g.revoked_at is null and g.cycle <> 'trial'
                group by g.user_id
            )
            select count(*) as ended,
                count(*) filter (where not exists (
                    select from membership_grants n
                    where n.user_id = e.user_id and n.revoked_at is null and n.starts_at <= e.at + \(Int(grace.components.seconds)) * interval '1 s'
                        and (n.ends_at is null or n.ends_at > e.at)
                )) as left,
                (
                    select count(distinct user_id) from membership_grants m
                    where m.starts_at <= \(now) and m.revoked_at is null and (m.ends_at is null or m.ends_at > \(now))
                ) as members
            from ended e
            """)
    }
}

extension Churn: RowDecodable {
    package init(row: Row) throws(RowError) {
        ended = try row["ended"]
        left = try row["left"]
        members = try row["members"]
    }
}
