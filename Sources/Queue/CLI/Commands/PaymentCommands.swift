import JSON
import Model
import Queue
import Runtime

/// `yardctl payments …`: what operators do and see about money.
enum PaymentCommands {
    private static let provider = Command.Option(
        name: "provider", value: "NAME", summary: "only of this provider",
        choices: ProviderName.allCases.map(\.rawValue))

    static let replay = Command(
        path: "payments replay", summary: "process webhooks once more",
        details: ["Harmless, whatever was done before: what is in the books is not put there twice."],
        options: [
            provider, .init(name: "since", value: "TIME", summary: "a time, or how long ago (default 1h)"),
            .init(name: "unprocessed", summary: "only those that nobody has processed"),
        ],
        examples: [("--provider razorpay --since 2h", "all of Razorpay's in two hours")]
    ) { invocation, session in
        let since = try invocation.past("since") ?? .now - .hours(1)
        let count = try await session.withDurable { durable in
            try await WebhookReplay(durable).run(
                since..<max(since, Timestamp.now), of: try invocation.provider(),
                unprocessedAlone: invocation.flag("unprocessed"))
        }
        if invocation.wantsJSON {
            session.console.print(["events": .number(count)])
        } else {
            session.console.print("\(Figures.count(count, "event")) will be processed once more.")
        }
        return .clean
    }

    static let reconcile = Command(
        path: "payments reconcile", summary: "compare the books with the providers now",
        details: ["A payments worker does it; `yardctl payments status` shows what it has found."],
        options: [.init(name: "hours", value: "COUNT", summary: "of how long (default RECONCILE_WINDOW_HOURS)")]
    ) { invocation, session in
        let hours = try invocation.count("hours", in: 1...720)
        let job = try await session.withDurable { durable in
            try await durable.enqueue(ReconcilePayments(until: nil, hours: hours, isManual: true))
        }
        if invocation.wantsJSON {
            session.console.print(["job": .string(job.description)])
        } else {
            session.console.print("The job \(job) compares the books with the providers.")
        }
        return .clean
    }

    static let status = Command(
        path: "payments status", summary: "show what waits, and what the last comparisons have found"
    ) { invocation, session in
        let database = try session.database()
        let overview = try await PaymentOverview.find(on: database)
        let runs = try await ReconciliationRun.latest(10, on: database)
        if invocation.wantsJSON {
            session.console.print(["waiting": overview.json, "runs": .array(runs.map(\.json))])
        } else {
            session.console.print(overview.table)
            session.console.print("")
            session.console.print(table(of: runs))
        }
        return .clean
    }

    static let report = Command(
        path: "payments report", summary: "show the money of a day, and what was found in it",
        details: ["Days begin and end in India."],
        options: [.init(name: "date", value: "DAY", summary: "2026-11-22 (default today)")]
    ) { invocation, session in
        let day = try invocation.day()
        let database = try session.database()
        let money = try await RevenueDay.all(day, on: database)
        let runs = try await ReconciliationRun.latest(200, started: day, on: database)
        var items: [ReconciliationItem] = []
        for run in runs {
            items += try await ReconciliationItem.all(in: run.id, after: nil, limit: 1000, on: database)
        }
        if invocation.wantsJSON {
            session.console.print([
                "money": .array(money.map(\.json)), "runs": .array(runs.map(\.json)),
                "items": .array(items.map(\.json)),
            ])
        } else {
            session.console.print(table(of: money))
            session.console.print("")
            session.console.print(table(of: items))
        }
        return items.contains { !$0.isRepaired } ? .finding : .clean
    }

    // MARK: Tables

    private static func table(of runs: [ReconciliationRun]) -> Table {
        var table = Table([
            .init(title: "STARTED"), .init(title: "KIND"), .init(title: "BY"), .init(title: "CHECKED"),
            .init(title: "SAME"), .init(title: "REPAIRED"), .init(title: "REPORTED"), .init(title: "", least: 10),
        ])
        table.emptyText = "Nothing was compared yet."
        for run in runs {
            table.add(
                Table.Cell(Figures.relative(run.startedAt)), Table.Cell(run.kind), Table.Cell(run.origin),
                Table.Cell("\(run.checked)"), Table.Cell("\(run.matched)"), Table.Cell("\(run.repaired)"),
                Table.Cell("\(run.reported)", run.reported > 0 ? .yellow : .none),
                Table.Cell(run.failure ?? (run.finishedAt == nil ? "under way, or cut off" : ""), .yellow))
        }
        return table
    }

    private static func table(of days: [RevenueDay]) -> Table {
        var table = Table([
            .init(title: "DAY"), .init(title: "CURRENCY"), .init(title: "PAYMENTS"), .init(title: "REVENUE"),
            .init(title: "REFUNDED"),
        ])
        table.emptyText = "No money came in or went out."
        for day in days {
            table.add(
                Table.Cell(day.day), Table.Cell(day.currency), Table.Cell("\(day.payments)"),
                Table.Cell(Money.decimal(day.revenue)), Table.Cell(Money.decimal(day.refunded)))
        }
        return table
    }

    private static func table(of items: [ReconciliationItem]) -> Table {
        var table = Table([
            .init(title: "FINDING"), .init(title: ""), .init(title: "PROVIDER"), .init(title: "PAYMENT"),
            .init(title: "ORDER"), .init(title: "WHAT", least: 10),
        ])
        table.emptyText = "Nothing was found."
        for item in items {
            table.add(
                Table.Cell(item.finding.rawValue),
                Table.Cell(item.isRepaired ? "repaired" : "reported", item.isRepaired ? .none : .yellow),
                Table.Cell(item.provider?.rawValue ?? ""), Table.Cell(item.payment ?? ""),
                Table.Cell(item.order?.description ?? ""), Table.Cell(item.detail))
        }
        return table
    }
}

extension Invocation {
    fileprivate func provider() throws(UsageError) -> ProviderName? {
        guard let text = option("provider") else { return nil }
        if let name = ProviderName(rawValue: text) { return name }
        throw UsageError("--provider: \"\(text)\" is not one of \(ProviderName.words)", command: command)
    }

    /// A day in India, from its beginning to its end.
    fileprivate func day() throws(UsageError) -> Range<Timestamp> {
        let today = (Timestamp.now + FiscalYear.zone).rfc3339.prefix(10)
        let text = option("date") ?? String(today)
        guard text.utf8.count == 10, let midnight = Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw UsageError("--date: \"\(text)\" is not a day like 2026-11-22", command: command)
        }
        let start = midnight - FiscalYear.zone
        return start..<(start + .days(1))
    }
}

extension ProviderName {
    fileprivate static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension PaymentOverview {
    private var facts: [(String, Int64)] {
        [
            ("webhooks that wait", waitingWebhooks), ("open orders", openOrders), ("payments in excess", excess),
            ("contradictions", contradictions), ("refunds under way", openRefunds),
            ("wishes for refunds", refundRequests), ("payments without an invoice", withoutInvoice),
        ]
    }

    fileprivate var table: Table {
        var table = Table([.init(title: "WHAT"), .init(title: "COUNT")])
        for (name, count) in facts { table.add(Table.Cell(name), Table.Cell("\(count)")) }
        return table
    }

    fileprivate var json: JSONValue {
        [
            "webhooks": .number(waitingWebhooks), "oldestWebhook": .time(oldestWaiting), "orders": .number(openOrders),
            "excess": .number(excess), "contradictions": .number(contradictions), "refunds": .number(openRefunds),
            "refundRequests": .number(refundRequests), "withoutInvoice": .number(withoutInvoice),
        ]
    }
}

extension ReconciliationRun {
    fileprivate var json: JSONValue {
        [
            "id": .string(id.description), "kind": .string(kind), "origin": .string(origin),
            "from": .time(window.lowerBound), "until": .time(window.upperBound), "startedAt": .time(startedAt),
            "finishedAt": .time(finishedAt), "checked": .number(checked), "matched": .number(matched),
            "repaired": .number(repaired), "reported": .number(reported), "failure": .text(failure),
        ]
    }
}

extension RevenueDay {
    fileprivate var json: JSONValue {
        [
            "day": .string(day), "currency": .string(currency), "payments": .number(payments),
            "revenue": .number(revenue), "refunded": .number(refunded),
        ]
    }
}

extension ReconciliationItem {
    fileprivate var json: JSONValue {
        [
            "finding": .string(finding.rawValue), "repaired": .bool(isRepaired),
            "provider": .text(provider?.rawValue), "order": .text(order?.description), "payment": .text(payment),
            "detail": .string(detail), "foundAt": .time(foundAt),
        ]
    }
}
