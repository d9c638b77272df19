import APIFrame
import HTTP
import JSON
import Model
import Queue
import Runtime

/// Invoices, refunds that people ask for, and what they have used.
struct InvoiceRoutes: Sendable {
    let payments: Payments
    let entitlements: Entitlements

    var routes: [APIRoute] {
        [
            .get("/payments/invoices", "List one's invoices", details: "The latest first.", list),
            .get("/payments/invoices/{id}", "Show an invoice", show),
            .raw(
                .get, "/payments/invoices/{id}.pdf", "Fetch an invoice to print it",
                answers: [.bytes(200, type: "application/pdf")], pdf),
            .get("/payments/credit-notes", "List one's credit notes", details: "The latest first.", creditNotes),
            .get("/payments/credit-notes/{id}", "Show a credit note", showCreditNote),
            .raw(
                .get, "/payments/credit-notes/{id}.pdf", "Fetch a credit note to print it",
                answers: [.bytes(200, type: "application/pdf")], creditNotePDF),
            .create(
                "/payments/orders/{id}/refund-requests", "Ask for one's money back",
                errors: [.validationFailed, .conflict], details: "An administrator decides.", askForRefund),
            .get("/subscriptions/usage", "Show what one has used of what the plan allows", usage),
        ]
    }

    private func list(_ input: PageInput, _ call: Call) async throws -> Page<Invoice> {
        try await call.page(input.page, ID<Invoice>.self, { $0.id }) { before, limit in
            try await payments.invoices(of: try call.signedIn, before: before, limit: limit)
        }
    }

    private func show(_ input: IDPath<Invoice>, _ call: Call) async throws -> Invoice {
        try await payments.invoice(input.id, for: try call.signedIn)
    }

    private func pdf(_ input: IDPath<Invoice>, _ call: Call) async throws -> Response {
        let invoice = try await payments.invoice(input.id, for: try call.signedIn)
        return Self.file(invoice.label, invoice.pdf)
    }

    private func creditNotes(_ input: PageInput, _ call: Call) async throws -> Page<CreditNote> {
        try await call.page(input.page, ID<CreditNote>.self, { $0.id }) { before, limit in
            try await payments.creditNotes(of: try call.signedIn, before: before, limit: limit)
        }
    }

    private func showCreditNote(_ input: IDPath<CreditNote>, _ call: Call) async throws -> CreditNote {
        try await payments.creditNote(input.id, for: try call.signedIn)
    }

    private func creditNotePDF(_ input: IDPath<CreditNote>, _ call: Call) async throws -> Response {
        let note = try await payments.creditNote(input.id, for: try call.signedIn)
        return Self.file(note.label, note.pdf)
    }

    private static func file(_ label: String, _ pdf: [UInt8]) -> Response {
        let name = label.replacing("/", with: "-")
        return Response(
            headers: [
                "Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=\"\(name).pdf\"",
                "Cache-Control": "private, no-store",
            ], body: .bytes(pdf))
    }

    private func askForRefund(
        _ input: RefundWish, _ call: Call, _ transaction: JobTransaction
    ) async throws -> Created<RefundRequest> {
        Created(
            try await payments.askForRefund(
                of: input.id, because: input.reason, by: try call.signedIn, on: transaction))
    }

    private func usage(_ input: NoInput, _ call: Call) async throws -> Page<FeatureUsage> {
        Page(try await entitlements.usage(of: try call.user))
    }
}

struct RefundWish: RouteInput {
    let id: ID<PaymentOrder>
    let reason: String

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        reason = input.read("reason", .text(1...300))
    }
}

extension Invoice: Representable {
    package static let representation = Representation<Invoice>(
        "Invoice", "What was sold, and the tax of it; amounts in minor units.",
        [
            .member("id") { $0.id },
            .member("number") { $0.label },
            .member("issuedOn", schema: .string(format: "date")) { $0.issuedOn },
            .member("description") { $0.description },
            .member("currency") { $0.currency },
            .member("taxableAmount") { $0.split.taxable },
            .member("cgst") { $0.split.cgst },
            .member("sgst") { $0.split.sgst },
            .member("igst") { $0.split.igst },
            .member("roundOff") { $0.split.roundOff },
            .member("total") { $0.total },
        ])
}

extension CreditNote: Representable {
    package static let representation = Representation<CreditNote>(
        "CreditNote", "What a refund takes back of an invoice; amounts in minor units.",
        [
            .member("id") { $0.id },
            .member("number") { $0.label },
            .member("issuedOn", schema: .string(format: "date")) { $0.issuedOn },
            .member("invoiceId") { $0.invoice.id },
            .member("invoiceNumber") { $0.invoice.label },
            .member("currency") { $0.invoice.currency },
            .member("taxableAmount") { $0.split.taxable },
            .member("cgst") { $0.split.cgst },
            .member("sgst") { $0.split.sgst },
            .member("igst") { $0.split.igst },
            .member("roundOff") { $0.split.roundOff },
            .member("total") { $0.total },
        ])
}

extension RefundRequest: Representable {
    package static let representation = Representation<RefundRequest>(
        "RefundRequest", "What somebody wants back.",
        [
            .member("id") { $0.id },
            .member("orderId") { $0.order },
            .member("reason") { $0.reason },
            .member("status") { $0.state },
            .member("createdAt") { $0.createdAt },
        ])
}

extension FeatureUsage: Representable {
    package static let representation = Representation<FeatureUsage>(
        "FeatureUsage", "How much of something was used in this month, and may be.",
        [
            .member("feature") { $0.feature },
            .member("used") { $0.used },
            .member("limit", "Null: without a limit.") { $0.limit },
            .member("credits", "Beyond the plan.") { $0.credits },
            .member("periodStart") { $0.periodStart },
        ])
}
