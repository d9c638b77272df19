import APIFrame
import HTTP
import JSON
import Model
import Runtime

struct RefundInput: RouteInput {
    let id: UUID
    let amount: Int64?
    let reason: String

    init(from input: inout InputReader) {
        id = input.path("id", .uuid)
        amount = input.readIfPresent("amount", .integer(1...100_000_000_000))
        reason = input.read("reason", .text(1...300))
    }
}

struct IDPath<Thing>: RouteInput {
    let id: ID<Thing>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct ConfirmInput: RouteInput {
    let id: ID<PaymentOrder>
    let rrn: String

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        rrn = input.read("rrn", .text(12...12, of: .digits).described("The bank's number of the transfer."))
    }
}

struct ReconcileInput: RouteInput {
    let hours: Int?
    init(from input: inout InputReader) { hours = input.readIfPresent("hours", .integer(1...720)) }
}

struct RunItems: RouteInput {
    let id: ID<ReconciliationRun>
    let page: PageRequest

    init(from input: inout InputReader) {
        id = input.path("id", .id())
        page = input.page()
    }
}

struct CreditsInput: RouteInput {
    let user: ID<User>
    let feature: String
    let amount: Int64

    init(from input: inout InputReader) {
        user = input.read("userId", .id())
        feature = input.read("feature", .text(2...64, of: .featureName))
        amount = input.read("amount", .integer(1...1_000_000_000))
    }
}

struct ExportInput: RouteInput {
    let from: String
    let to: String

    init(from input: inout InputReader) {
        from = input.query("from", .day.described("The first day."))
        to = input.query("to", .day.described("The day after the last."))
    }
}

extension Alphabet {
    static let digits = Alphabet("0"..."9", description: "digits")
}

extension Schema where Value == String {
    /// `2026-11-22`
    static let day = Schema.string(.string(10...10, format: "date"), placeholder: "2000-01-01") { text throws(Unfit) in
        guard Timestamp(rfc3339: text + "T00:00:00Z") != nil, text.utf8.count == 10 else {
            throw Unfit(.badFormat, "not a day")
        }
        return String(text)
    }
}

/// Something that a job will do.
struct AcceptedJob: Sendable { let id: UUID }

extension AcceptedJob: Representable {
    static let representation = Representation<AcceptedJob>("AcceptedJob", nil, [.member("jobId") { $0.id }])
}

/// Money that belongs to no order as it is.
struct ExcessPayment: Sendable { let payment: Payment }

extension ExcessPayment: Representable {
    static let representation = Representation<ExcessPayment>(
        "ExcessPayment", "Money that belongs to no order as it is.",
        [
            .member("id") { $0.payment.id },
            .member("provider") { $0.payment.provider },
            .member("providerPaymentId") { $0.payment.providerPaymentID },
            .member("orderId") { $0.payment.order },
            .member("amount") { $0.payment.amount },
            .member("currency") { $0.payment.currency },
            .member("reason") { $0.payment.excess?.rawValue },
            .member("capturedAt") { $0.payment.capturedAt },
        ])
}

extension Refund.State: SchemaBearing {}

extension Refund: Representable {
    package static let representation = Representation<Refund>(
        "Refund", "Money that goes back.",
        [
            .member("id") { $0.id },
            .member("paymentId") { $0.payment },
            .member("amount") { $0.amount },
            .member("currency") { $0.currency },
            .member("status", "`unknown`: the provider has not answered, and is asked.") { $0.state },
            .member("reason") { $0.reason },
            .member("createdAt") { $0.createdAt },
            .member("settledAt") { $0.settledAt },
        ])
}

extension StatementOutcome: Representable {
    package static let representation = Representation<StatementOutcome>(
        "StatementOutcome", "What came of a statement.",
        [
            .member("lines") { $0.lines },
            .member("accepted") { $0.accepted },
            .member("excess") { $0.excess },
            .member("known", "Taken in before.") { $0.known },
        ])
}

extension ReconciliationRun: Representable {
    package static let representation = Representation<ReconciliationRun>(
        "Reconciliation", "A comparison of our books with others'.",
        [
            .member("id") { $0.id },
            .member("kind") { $0.kind },
            .member("origin") { $0.origin },
            .member("from") { $0.window.lowerBound },
            .member("until") { $0.window.upperBound },
            .member("startedAt") { $0.startedAt },
            .member("finishedAt") { $0.finishedAt },
            .member("checked") { $0.checked },
            .member("matched") { $0.matched },
            .member("repaired") { $0.repaired },
            .member("reported") { $0.reported },
            .member("failure") { $0.failure },
        ])
}

extension ReconciliationItem.Finding: SchemaBearing {}

extension ReconciliationItem: Representable {
    package static let representation = Representation<ReconciliationItem>(
        "ReconciliationItem", "Something that was not the same here and there.",
        [
            .member("id") { $0.id },
            .member("provider") { $0.provider },
            .member("finding") { $0.finding },
            .member("repaired") { $0.isRepaired },
            .member("orderId") { $0.order },
            .member("providerPaymentId") { $0.payment },
            .member("detail") { $0.detail },
            .member("foundAt") { $0.foundAt },
        ])
}
