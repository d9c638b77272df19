import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// Memberships.
struct SubscriptionRoutes: Sendable {
    let payments: Payments

    var routes: [APIRoute] {
        [
            .get("/subscriptions/current", "Show how one's membership stands", show),
            .delete(
                "/subscriptions/current", "Let the membership end with its period", errors: [.conflict],
                details: "What is paid for stays until then. Ordering again takes it back.", cancel),
            .post(
                "/subscriptions/trial", "Try a plan out", errors: [.emailUnverified, .conflict],
                details: "Once for each plan, for those who have not had it.", tryOut),
        ]
    }

    private func show(_ input: NoInput, _ call: Call) async throws -> Subscription {
        try await payments.subscription(of: try call.signedIn)
    }

    private func cancel(_ input: NoInput, _ call: Call) async throws -> Subscription {
        try await payments.cancel(of: try call.signedIn)
    }

    private func tryOut(_ input: TrialInput, _ call: Call) async throws -> Subscription {
        try await payments.tryOut(input.plan, by: try call.signedIn)
    }
}

struct TrialInput: RouteInput {
    let plan: String
    init(from input: inout InputReader) { plan = input.read("planId", .text(2...32, of: .planName)) }
}

extension Subscription.Status: SchemaBearing {}

extension Subscription: Representable {
    package static let representation = Representation<Subscription>(
        "Subscription", "How somebody's membership stands.",
        [
            .member("planId", "What counts now; `free` where nothing was bought.") { $0.entitledPlan },
            .member("status", "`past_due`: it has ended, and everything stays until `graceUntil`.") { $0.status },
            .member("currentPeriodStart") { $0.periodStart },
            .member("currentPeriodEnd", "Null: for good, or nothing was bought.") { $0.periodEnd },
            .member("graceUntil") { $0.graceUntil },
            .member("cancelAtPeriodEnd") { $0.cancelsAtEnd },
        ])
}
