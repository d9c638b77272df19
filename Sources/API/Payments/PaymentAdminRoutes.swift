import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// What administrators do about money. Everything that changes something is audited.
struct PaymentAdminRoutes: Sendable {
    let payments: Payments
    let entitlements: Entitlements

    var routes: [APIRoute] {
        [
            .create(
                "/admin/payments/orders/{id}/refunds", "Give the money of an order back", access: .admin,
                errors: [.validationFailed, .conflict, .signInAgain],
                details: "Without `amount` all that is left of it. The membership ends with the last of it.",
                refundOrder),
            .create(
                "/admin/payments/payments/{id}/refunds", "Give back money that is in excess", access: .admin,
                errors: [.validationFailed, .conflict, .signInAgain], refundPayment),
            .get("/admin/payments/refund-requests", "List what people want back", access: .admin, requests),
            .post(
                "/admin/payments/refund-requests/{id}/decline", "Decline a wish for a refund", access: .admin, decline),
            .get("/admin/payments/excess", "List money that belongs to no order", access: .admin, excess),
            .post(
                "/admin/payments/orders/{id}/confirm", "Confirm a direct payment that was seen at the bank",
                access: .admin, errors: [.conflict], confirm),
            .raw(
                .post, "/admin/payments/statements", "Take in a statement of the bank", access: .admin,
                errors: [.validationFailed], body: .raw(types: ["text/csv", "text/plain"]),
                answers: [.json(200, StatementOutcome.schema)],
                details: "Lines of `reference,amount,rrn`, amounts in rupees. A transfer counts once.", statement),
            .get("/admin/payments/reconciliations", "List comparisons with the providers", access: .admin, runs),
            .post(
                "/admin/payments/reconciliations", "Compare with the providers now", access: .admin, reconcile),
            .get(
                "/admin/payments/reconciliations/{id}/items", "List what a comparison has found", access: .admin, items),
            .post("/admin/credits", "Give somebody more of a feature", access: .admin, giveCredits),
            .raw(
                .get, "/admin/payments/invoices.csv", "Export invoices for accounting", access: .admin,
                errors: [.validationFailed], answers: [.bytes(200, type: "text/csv; charset=utf-8")], export),
            .raw(
                .get, "/admin/payments/credit-notes.csv", "Export credit notes for accounting", access: .admin,
                errors: [.validationFailed], answers: [.bytes(200, type: "text/csv; charset=utf-8")],
                exportCreditNotes),
        ]
    }

    // MARK: Refunds

    private func refundOrder(
        _ input: RefundInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Refund> {
        try call.demandSecondCheck()
        return Created(
            try await payments.refund(
                orderOf: ID(input.id), input.amount, because: input.reason, by: try call.signedIn, on: transaction))
    }

    private func refundPayment(
        _ input: RefundInput, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<Refund> {
        try call.demandSecondCheck()
        return Created(
            try await payments.refund(
                ID<Payment>(input.id), input.amount, because: input.reason, by: try call.signedIn, on: transaction))
    }

    private func requests(_ input: PageInput, _ call: Call) async throws -> Page<RefundRequest> {
        try await call.page(input.page, ID<RefundRequest>.self, { $0.id }) { after, limit in
            try await payments.refundRequests(after: after, limit: limit)
        }
    }

    private func decline(_ input: IDPath<RefundRequest>, _ call: Call) async throws -> NoContent {
        try await payments.decline(input.id, by: try call.signedIn)
        return NoContent()
    }

    // MARK: Money that came otherwise

    private func excess(_ input: PageInput, _ call: Call) async throws -> Page<ExcessPayment> {
        try await call.page(input.page, ID<Payment>.self, { $0.payment.id }) { after, limit in
            try await payments.excess(after: after, limit: limit).map { ExcessPayment(payment: $0) }
        }
    }

    private func confirm(_ input: ConfirmInput, _ call: Call) async throws -> ShownOrder {
        ShownOrder(try await payments.confirm(input.id, rrn: input.rrn), payments.places)
    }

    private func statement(_ input: NoInput, _ call: Call) async throws -> Response {
        let body = try await call.request.body.all(upTo: 1 << 20)
        guard let text = String(validating: body, as: UTF8.self) else {
            throw Problem(.badRequest, "The text is not UTF-8")
        }
        return try .json(200, try await payments.takeStatement(try StatementLine.read(text)))
    }

    // MARK: Reconciliation

    private func runs(_ input: PageInput, _ call: Call) async throws -> Page<ReconciliationRun> {
        try await call.page(input.page, ID<ReconciliationRun>.self, { $0.id }) { before, limit in
            try await ReconciliationRun.latest(limit, before: before, on: payments.database)
        }
    }

    private func reconcile(_ input: ReconcileInput, _ call: Call) async throws -> Accepted<AcceptedJob> {
        let job = ReconcilePayments(until: nil, hours: input.hours, isManual: true)
        return Accepted(AcceptedJob(id: try await payments.durable.enqueue(job).uuid))
    }

    private func items(_ input: RunItems, _ call: Call) async throws -> Page<ReconciliationItem> {
        try await call.page(input.page, ID<ReconciliationItem>.self, { $0.id }) { after, limit in
            try await ReconciliationItem.all(in: input.id, after: after, limit: limit, on: payments.database)
        }
    }

    // MARK: Others

    private func giveCredits(_ input: CreditsInput, _ call: Call) async throws -> NoContent {
        try await entitlements.give(input.amount, of: input.feature, to: input.user)
        return NoContent()
    }

    private func export(_ input: ExportInput, _ call: Call) async throws -> Response {
        let payments = payments
        return Self.table("invoices", input, Invoice.csvHeader) { after in
            try await payments.invoiceLines(from: input.from, to: input.to, after: after)
        }
    }

    private func exportCreditNotes(_ input: ExportInput, _ call: Call) async throws -> Response {
        let payments = payments
        return Self.table("credit-notes", input, CreditNote.csvHeader) { after in
            try await payments.creditNoteLines(from: input.from, to: input.to, after: after)
        }
    }

    /// Page by page: years of documents need no memory.
    private static func table<Place: Sendable>(
        _ name: String, _ input: ExportInput, _ header: String,
        _ next: @escaping @Sendable (Place?) async throws -> (lines: String, last: Place)?
    ) -> Response {
        Response(
            headers: [
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": "attachment; filename=\"\(name)-\(input.from)-\(input.to).csv\"",
            ],
            body: .stream { writer in
                try await writer.write(Array(header.utf8))
                var last: Place?
                while let page = try await next(last) {
                    try await writer.write(Array(page.lines.utf8))
                    last = page.last
                }
            })
    }
}
