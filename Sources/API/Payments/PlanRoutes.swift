import APIFrame
import HTTP
import JSON
import Model
import Runtime

/// What there is to buy.
struct PlanRoutes: Sendable {
    let payments: Payments

    var routes: [APIRoute] {
        [
            .get("/plans", "List the plans, their prices and what they allow", access: .open, list),
            .get("/admin/plans", "List all plans, also those that are not offered", access: .admin, listAll),
            .put(
                "/admin/plans/{id}", "Make a plan, or change one", access: .admin, errors: [.conflict],
                details: "What is left out stays as it is. `features` are all that the plan allows from now on.", keep),
            .put(
                "/admin/plans/{id}/prices", "Set a price", access: .admin,
                details: "It counts for orders from now on. `amount` null: not offered any more.", setPrice),
        ]
    }

    private func list(_ input: NoInput, _ call: Call) async throws -> Page<Plan> {
        Page(try await payments.plans())
    }

    private func listAll(_ input: NoInput, _ call: Call) async throws -> Page<Plan> {
        Page(try await payments.plans(withdrawn: true))
    }

    private func keep(_ input: PlanInput, _ call: Call) async throws -> Plan {
        try await payments.keep(input.change)
    }

    private func setPrice(_ input: PriceInput, _ call: Call) async throws -> Plan {
        try await payments.setPrice(of: input.plan, input.cycle, in: input.currency, to: input.amount)
    }
}

extension Alphabet {
    static let planName = Alphabet("a"..."z", "0"..."9", and: "_", description: "a-z, 0-9 and _")
    static let featureName = Alphabet("a"..."z", "0"..."9", and: "_.", description: "a-z, 0-9, _ and .")
    static let capitals = Alphabet("A"..."Z", description: "A-Z")
    static let reference = Alphabet("A"..."Z", "0"..."9", description: "A-Z and 0-9")
}

struct PlanInput: RouteInput {
    let change: PlanChange

    init(from input: inout InputReader) {
        change = PlanChange(
            input.path("id", .text(2...32, of: .planName)),
            name: input.readIfPresent("name", .text(1...80)),
            rank: input.readIfPresent("rank", .integer(0...1000)),
            trialDays: input.readIfPresent("trialDays", .integer(0...90)),
            isOffered: input.readIfPresent("isOffered", .bool),
            features: input.readIfPresent("features", .list(of: .object(FeatureInput.self), 0...100))?.map(\.feature))
    }
}

struct FeatureInput: RouteInput {
    let feature: PlanFeature

    init(from input: inout InputReader) {
        feature = PlanFeature(
            input.read("feature", .text(2...64, of: .featureName)),
            input.readIfPresent("amount", .integer(0...Int64.max)))
    }
}

struct PriceInput: RouteInput {
    let plan: String
    let cycle: PlanCycle
    let currency: String
    let amount: Int64?

    init(from input: inout InputReader) {
        plan = input.path("id", .text(2...32, of: .planName))
        cycle = input.read("cycle", .choice())
        currency = input.read("currency", .text(3...3, of: .capitals))
        amount = input.readIfPresent("amount", .integer(100...100_000_000_000))
    }
}

extension Plan: Representable {
    package static let representation = Representation<Plan>(
        "Plan", "What somebody can be a member by.",
        [
            .member("id") { $0.id },
            .member("name") { $0.name },
            .member("rank", "Whoever goes to a higher one upgrades.") { $0.rank },
            .member("trialDays", "0: it cannot be tried out.") { $0.trialDays },
            .member("isOffered") { $0.isOffered },
            .member("prices") { $0.prices },
            .member("features") { $0.features },
        ])
}

extension PlanPrice: Representable {
    package static let representation = Representation<PlanPrice>(
        "PlanPrice", "What a plan costs, in minor units, tax included.",
        [
            .member("id") { $0.id },
            .member("cycle") { $0.cycle },
            .member("currency") { $0.currency },
            .member("amount") { $0.amount },
        ])
}

extension PlanFeature: Representable {
    package static let representation = Representation<PlanFeature>(
        "PlanFeature", "How much of something a plan allows.",
        [
            .member("feature") { $0.feature },
            .member("amount", "Null: without a limit. 0: not at all.") { $0.amount },
        ])
}
