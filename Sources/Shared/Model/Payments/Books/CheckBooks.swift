import Postgres
import Runtime

extension Payments {
    /// Proves the books against what they are made of: each question finds what should not be there.
    @discardableResult
    package func checkBooks(isManual: Bool = false) async throws -> ReconciliationRun {
        let start = Timestamp(seconds: 0)
        let run = try await ReconciliationRun.begin("books", start..<now, isManual: isManual, at: now, on: database)
        var found = 0
        for (what, question) in Self.questions {
            try Task.checkCancellation()
            let wrong: [String] = try await database.all(question, within: .minutes(5))
            for one in wrong {
                found += 1
                try await ReconciliationItem(.books, of: nil, isRepaired: false, "\(what): \(one)", at: now)
                    .insert(in: run, on: database)
            }
        }
        meters.bookFindings.set(found)
        meters.booksProvedAt.set(now.inSeconds)
        if found > 0 { log.error("the books do not balance", ["findings": .int(found), "run.id": .id(run)]) }
        return try await ReconciliationRun.finish(
            run, checked: Self.questions.count, matched: Self.questions.count - min(found, Self.questions.count),
            failure: nil, at: now, on: database)
    }

    private static let questions: [(String, SQL)] = [
        (
            "entries that do not sum to zero",
            """
            select t.id::text from ledger_transactions t
            left join ledger_entries e on e.transaction_id = t.id
            group by t.id, e.currency
            having coalesce(sum(e.amount), 1) <> 0
            limit 100
            """
        ),
        (
            "what a provider should hold",
            """
            with held as (
                select split_part(account, ':', 2) as provider, currency, sum(amount) as amount
                from ledger_entries where account like 'provider:%' group by 1, 2
            ),
            due as (
                select provider, currency, sum(amount) as amount from (
                    select provider, currency, amount from payments where standing <> 'open'
                    union all
                    select r.provider, r.currency, -r.amount from refunds r
                    join payments m on m.id = r.payment_id and m.standing <> 'open'
                    where r.state = 'succeeded'
                ) x group by 1, 2
            )
            select coalesce(held.provider, due.provider) || ' ' || coalesce(held.currency, due.currency)
            from held full join due on due.provider = held.provider and due.currency = held.currency
            where coalesce(held.amount, 0) <> coalesce(due.amount, 0)
            """
        ),
        (
            "paid without a membership",
            """
            select m.id::text from payments m
            left join membership_grants g on g.payment_id = m.id
            where m.standing = 'accepted' and g.id is null
            limit 100
            """
        ),
        (
            "a membership without its payment",
            """
            select g.id::text from membership_grants g
            join payments m on m.id = g.payment_id
            where m.standing <> 'accepted'
            limit 100
            """
        ),
        (
            "an invoice of another amount",
            """
            select i.label from invoices i join payments m on m.id = i.payment_id
            where i.total <> m.amount or m.standing <> 'accepted'
            limit 100
            """
        ),
        (
            "paid, without an invoice, and nobody will write it",
            """
            select m.id::text from payments m
            left join invoices i on i.payment_id = m.id
            left join invoices_due d on d.payment_id = m.id
            where m.standing = 'accepted' and i.id is null and d.payment_id is null
            limit 100
            """
        ),
        (
            "numbers with gaps",
            """
            select x.series || '/' || x.fiscal_year from (
                select series, fiscal_year, count(*) as n, max(number) as last from invoices group by 1, 2
                union all
                select series, fiscal_year, count(*), max(number) from credit_notes group by 1, 2
            ) x
            left join document_counters c on c.series = x.series and c.fiscal_year = x.fiscal_year
            where x.n <> x.last or c.last_number is distinct from x.last
            """
        ),
        (
            "more given back than came",
            """
            select m.id::text from payments m
            where m.standing <> 'open' and m.amount < (
                select coalesce(sum(r.amount), 0) from refunds r where r.payment_id = m.id and r.state <> 'failed'
            )
            limit 100
            """
        ),
    ]
}
