import Postgres
import Runtime

extension ExportSection {
    /// What somebody has ordered, what was paid and given back of it, and what it gave.
    static func payments(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select o.id, o.reference, o.plan_id, o.cycle, o.amount, o.credited, o.currency, o.provider, o.status,
                o.billing_name, o.billing_country, o.billing_state, o.billing_address, o.billing_gstin, o.created_at,
                o.expires_at, o.paid_at,
                (
                    select coalesce(json_agg(json_build_object(
                        'id', m.provider_payment_id, 'amount', m.amount, 'currency', m.currency, 'state', m.state,
                        'method', m.method, 'bankReference', m.bank_reference, 'failure', m.failure,
                        'firstSeenAt', m.first_seen_at, 'capturedAt', m.captured_at,
                        'grantedFrom', g.starts_at, 'grantedUntil', g.ends_at, 'revokedAt', g.revoked_at
                    ) order by m.id), '[]')
                    from payments m left join membership_grants g on g.payment_id = m.id
                    where m.order_id = o.id
                ) as payments,
                (
                    select coalesce(json_agg(json_build_object(
                        'amount', r.amount, 'currency', r.currency, 'state', r.state, 'createdAt', r.created_at,
                        'settledAt', r.settled_at
                    ) order by r.id), '[]')
                    from refunds r join payments m on m.id = r.payment_id
                    where m.order_id = o.id
                ) as refunds,
                (
                    select coalesce(json_agg(json_build_object(
                        'reason', q.reason, 'state', q.state, 'createdAt', q.created_at, 'decidedAt', q.decided_at
                    ) order by q.id), '[]')
                    from refund_requests q
                    where q.order_id = o.id
                ) as refund_requests
            from payment_orders o
            where o.user_id = \(user)
            order by o.id
            """, on: sql)
    }

    static func invoices(_ user: ID<User>, on sql: any SQLRunner) async throws -> String {
        try await rows(
            """
            select 'invoice' as kind, label, issued_on, parties::json as parties, description, currency, taxable, cgst,
                sgst, igst, round_off, total
            from invoices
            where user_id = \(user)
            union all
            select 'credit_note', c.label, c.issued_on, i.parties::json, i.description, c.currency, c.taxable, c.cgst,
                c.sgst, c.igst, c.round_off, c.total
            from credit_notes c join invoices i on i.id = c.invoice_id
            where c.user_id = \(user)
            """, on: sql)
    }
}
