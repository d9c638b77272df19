import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// How the business goes.
struct AnalyticsRoutes: Sendable {
    let payments: Payments

    var routes: [APIRoute] {
        [
            .get(
                "/admin/payments/analytics/revenue", "Show what came in and went out, day by day", access: .admin,
                details: "Days of India.", revenue),
            .get("/admin/payments/analytics/success", "Show how well orders are paid", access: .admin, success),
            .get("/admin/payments/analytics/churn", "Show who stays", access: .admin, churn),
            .get("/admin/payments/overview", "Show what waits", access: .admin, overview),
            .raw(
                .get, "/admin/payments/charts", "A page of charts", access: .open,
                answers: [.bytes(200, type: "text/html; charset=utf-8")],
                details: "The page holds nothing; it asks for an administrator's access token.", charts),
        ]
    }

    private func revenue(_ input: SpanInput, _ call: Call) async throws -> Page<RevenueDay> {
        Page(try await RevenueDay.all(input.window, on: payments.database))
    }

    private func success(_ input: SpanInput, _ call: Call) async throws -> Page<ProviderSuccess> {
        Page(try await ProviderSuccess.all(input.window, on: payments.database))
    }

    private func churn(_ input: SpanInput, _ call: Call) async throws -> Churn {
        try await payments.churn(input.window)
    }

    private func overview(_ input: NoInput, _ call: Call) async throws -> PaymentOverview {
        try await PaymentOverview.find(on: payments.database)
    }

    private func charts(_ input: NoInput, _ call: Call) async throws -> Response {
        Response(
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": ChartsPage.policy,
                "Cache-Control": "no-cache",
            ], body: .bytes(Array(ChartsPage.html.utf8)))
    }
}

struct SpanInput: RouteInput {
    let window: Range<Timestamp>

    init(from input: inout InputReader) {
        let days = input.query("days", .integer(1...400).described("So many days until now."), default: 30)
        let now = Timestamp.now
        window = (now - .days(days))..<now
    }
}

extension RevenueDay: Representable {
    package static let representation = Representation<RevenueDay>(
        "RevenueDay", "What came in and went out on one day, in minor units.",
        [
            .member("day", schema: .string(format: "date")) { $0.day },
            .member("currency") { $0.currency },
            .member("payments") { $0.payments },
            .member("revenue") { $0.revenue },
            .member("refunded") { $0.refunded },
        ])
}

extension ProviderSuccess: Representable {
    package static let representation = Representation<ProviderSuccess>(
        "ProviderSuccess", "How well a provider's orders are paid.",
        [
            .member("provider") { $0.provider },
            .member("orders") { $0.orders },
            .member("paid") { $0.paid },
            .member("failed") { $0.failed },
            .member("expired") { $0.expired },
            .member("rate") { $0.rate },
        ])
}

extension Churn: Representable {
    package static let representation = Representation<Churn>(
        "Churn", "Who stayed of those whose time ended.",
        [
            .member("ended") { $0.ended },
            .member("left") { $0.left },
            .member("rate") { $0.rate },
            .member("members", "Who is a member now.") { $0.members },
        ])
}

extension PaymentOverview: Representable {
    package static let representation = Representation<PaymentOverview>(
        "PaymentOverview", "What waits.",
        [
            .member("waitingWebhooks") { $0.waitingWebhooks },
            .member("oldestWaitingWebhook") { $0.oldestWaiting },
            .member("openOrders") { $0.openOrders },
            .member("excessPayments") { $0.excess },
            .member("contradictions") { $0.contradictions },
            .member("openRefunds") { $0.openRefunds },
            .member("refundRequests") { $0.refundRequests },
            .member("paymentsWithoutInvoice") { $0.withoutInvoice },
        ])
}
