import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// Orders, and how they stand.
struct OrderRoutes: Sendable {
    let payments: Payments

    var routes: [APIRoute] {
        [
            .post(
                "/payments/orders", "Order a plan", errors: [.emailUnverified, .conflict], idempotency: .own,
                details: """
                    Whoever lives in India (`billing.country`) pays in INR, others in USD. With `Idempotency-Key` a \
                    repetition finds the order of the first request (200). Until the provider has answered, \
                    `paymentUrl` may be null: read the order again. Going to a better plan, the rest of the lesser one \
                    is taken off.
                    """, create),
            .get("/payments/orders", "List one's orders", details: "The latest first.", list),
            .get("/payments/orders/{id}", "Show an order", show),
            .get(
                "/payments/status", "Show how an order stands", errors: [.notFound],
                details: "Only its owner is told. `payment.updated` tells it unasked.", status),
        ]
    }

    private func create(_ input: OrderInput, _ call: Call) async throws -> CreatedOrFound<ShownOrder> {
        let billing = try Billing(
            name: input.billing.name, country: input.billing.country, state: input.billing.state,
            address: input.billing.address, gstin: input.billing.gstin)
        let (order, isNew) = try await payments.order(
            NewOrder(
                plan: input.plan, cycle: input.cycle, provider: input.provider, billing: billing,
                clientKey: call.request.headers["Idempotency-Key"].map { String($0.prefix(255)) }),
            by: try call.signedIn)
        let shown = ShownOrder(order, payments.places)
        return isNew ? .created(shown) : .found(shown)
    }

    private func list(_ input: PageInput, _ call: Call) async throws -> Page<ShownOrder> {
        try await call.page(input.page, ID<PaymentOrder>.self, { $0.order.id }) { before, limit in
            try await payments.orders(of: try call.signedIn, before: before, limit: limit)
        }
    }

    private func show(_ input: OrderPath, _ call: Call) async throws -> ShownOrder {
        try await payments.order(input.id, for: try call.signedIn)
    }

    private func status(_ input: OrderStatusInput, _ call: Call) async throws -> OrderStanding {
        try await payments.standing(of: input.reference, for: try call.signedIn)
    }
}

struct OrderInput: RouteInput {
    let plan: String
    let cycle: PlanCycle
    let provider: ProviderName?
    let billing: BillingInput

    init(from input: inout InputReader) {
        plan = input.read("planId", .text(2...32, of: .planName))
        cycle = input.read("cycle", .choice())
        provider = input.readIfPresent("provider", .choice())
        billing = input.read("billing", .object())
    }
}

struct BillingInput: RouteInput {
    let name: String
    let country: String
    let state: String
    let address: String?
    let gstin: String?

    init(from input: inout InputReader) {
        name = input.read("name", .text(1...120))
        country = input.read("country", .text(2...2, of: .capitals).described("ISO 3166: `IN`."))
        state = input.read("state", .text(1...60).described("In India a state's name or number."))
        address = input.readIfPresent("address", .text(1...300))
        gstin = input.readIfPresent("gstin", .text(15...15, of: .reference))
    }
}

struct OrderPath: RouteInput {
    let id: ID<PaymentOrder>
    init(from input: inout InputReader) { id = input.path("id", .id()) }
}

struct OrderStatusInput: RouteInput {
    let reference: String
    init(from input: inout InputReader) { reference = input.query("transactionRef", .text(12...35, of: .reference)) }
}

extension OrderStanding: Representable {
    package static let representation = Representation<OrderStanding>(
        "PaymentStatus", "How an order stands.",
        [
            .member("order") { OrderSummary(order: $0.order) },
            .member("payment", "Null until the provider has told of one.") {
                $0.payment.map { PaymentSummary(payment: $0) }
            },
        ])
}

/// As much of an order as its standing takes.
struct OrderSummary: Sendable { let order: PaymentOrder }

extension OrderSummary: Representable {
    static let representation = Representation<OrderSummary>(
        "OrderSummary", nil,
        [
            .member("id") { $0.order.id },
            .member("status") { $0.order.status },
            .member("amount") { $0.order.amount },
            .member("planId") { $0.order.plan },
        ])
}

/// As much of a payment as the payer is told.
struct PaymentSummary: Sendable { let payment: Payment }

extension PaymentSummary: Representable {
    static let representation = Representation<PaymentSummary>(
        "PaymentSummary", nil,
        [
            .member("id") { $0.payment.id },
            .member("status", "`excess`: it came in, and could not be used; it can be given back.") {
                $0.payment.standing == .excess ? "excess" : $0.payment.state.rawValue
            },
            .member("processedAt") { $0.payment.capturedAt },
        ])
}
