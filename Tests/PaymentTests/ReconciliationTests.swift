import Glibc
import HTTP
import PaymentSimulation
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// A file's bytes, without Foundation.
enum FileBytes {
    static func write(_ bytes: [UInt8], to path: String) -> Bool {
        guard let file = fopen(path, "wb") else { return false }
        defer { fclose(file) }
        return fwrite(bytes, 1, bytes.count, file) == bytes.count
    }
}

/// What is found when our books are compared with those of others.
@Suite(.ownShop)
struct ReconciliationTests {
    private static let providers: [ProviderName] = [.razorpay, .cashfree, .phonepe, .paytm, .stripe]

    @Test(arguments: providers) func `a payment that nobody told us of is found, once`(_ provider: ProviderName)
        async throws
    {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order("premium", .monthly, provider, by: user)
            try await shop.pay(order, isTold: false)
            shop.clock.advance(by: .minutes(5))
            let first = try await reconcile(shop)
            #expect(first.repaired == 1 && first.reported == 0 && first.failure == nil)
            #expect(try await shop.found(order).status == .paid)
            #expect(try await shop.grants(of: user).count == 1)
            let second = try await reconcile(shop)
            #expect(second.repaired == 0 && second.reported == 0)
            #expect(try await shop.payments.checkBooks().reported == 0)
        }
    }

    @Test func `another amount, a stranger's payment and one that is missing there are reported`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let wrong = try await shop.order(by: user), gone = try await shop.order(by: user)
            try await shop.pay(wrong, amount: 1, isTold: false)
            let report = ProviderReport(
                reference: gone.reference,
                payments: [PaymentFact("pay_nowhere", .captured, amount: 9900, currency: "INR")])
            _ = try await shop.durable.transaction {
                try await shop.payments.take(report, of: .razorpay, from: .poll, on: $0)
            }
            shop.clock.advance(by: .minutes(5))
            let run = try await reconcile(shop)
            let items = try await ReconciliationItem.all(in: run.id, after: nil, limit: 10, on: shop.database)
            #expect(Set(items.map(\.finding)) == [.excess, .unknownAtProvider])
            #expect(items.allSatisfy { !$0.isRepaired })
        }
    }

    @Test func `providers that fail now and then are asked again, one that is away holds up no other`() async throws {
        try await Shop.lend { shop in
            var orders: [PaymentOrder] = []
            for provider in Self.providers {
                let order = try await shop.order("premium", .monthly, provider, by: try await shop.person())
                try await shop.pay(order, isTold: false)
                orders.append(order)
            }
            var weather = Weather()
            weather.busy = 0.2
            shop.simulator.weather = weather
            shop.clock.advance(by: .minutes(5))
            for _ in 0..<10 { _ = try await reconcile(shop) }
            shop.simulator.weather = Weather()
            _ = try await reconcile(shop)
            for order in orders { #expect(try await shop.found(order).status == .paid) }
            #expect(try await shop.count("membership_grants") == orders.count)
        }
    }

    @Test func `direct payments come with the bank's statement, each transfer once`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order("premium", .monthly, .directUPI, by: user)
            #expect(order.upiPayload?.hasPrefix("upi://pay?pa=simulator@switchyard&pn=Switchyard&mc=5817&tr=") == true)
            #expect(order.upiPayload?.hasSuffix("&am=99.00&cu=INR") == true)
            let text = "reference,amount,rrn\r\n\(order.reference),99.00,123456789012\n,5,123456789013\n"
            for round in 0..<2 {
                let outcome = try await shop.payments.takeStatement(try StatementLine.read(text))
                #expect(outcome.accepted == (round == 0 ? 1 : 0) && outcome.known == round * 2)
            }
            try await shop.run()
            #expect(try await shop.found(order).status == .paid)
            #expect(try await shop.excess() == [.unknownOrder])
            #expect(throws: Problem.self) { try StatementLine.read("SY1,1.234,123456789012") }
            let second = try await shop.order("premium", .monthly, .directUPI, by: user)
            let confirmed = try await shop.payments.confirm(second.id, rrn: "223456789012")
            #expect(confirmed.status == .paid)
            let refused = try await problemCode {
                _ = try await shop.durable.transaction {
                    try await shop.payments.refund(orderOf: order.id, nil, because: "x", by: user, on: $0)
                }
            }
            #expect(refused == .conflict)
        }
    }

    @Test func `two who give back at once give back once`() async throws {
        try await Shop.lend { shop in
            let (user, admin) = (try await shop.person(), try await shop.person())
            let order = try await shop.order(by: user)
            try await shop.pay(order)
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let made = try? await shop.durable.transaction {
                            try await shop.payments.refund(orderOf: order.id, nil, because: "x", by: admin, on: $0)
                        }
                        return made != nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 }.count == 1)
            // The provider does it, and says that it has failed.
            var weather = Weather()
            weather.failing = 0.5
            shop.simulator.weather = weather
            try await shop.run()
            shop.simulator.weather = Weather()
            try await shop.run()
            let states: [String] = try await shop.database.all("select state from refunds")
            #expect(states == ["succeeded"])
            let there = shop.simulator.till(of: "razorpay").payments.values.flatMap(\.refunds)
            #expect(there.map(\.amount) == [9900])
        }
    }

    @Test func `what a plan allows in a month is counted, and credits go on from there`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let entitlements = shop.payments.entitlements
            #expect(try await entitlements.limit("ai.credits", of: user.id) == 50)
            try await entitlements.take(45, of: "ai.credits", by: user.id)
            let refused = try await problemCode { try await entitlements.take(6, of: "ai.credits", by: user.id) }
            #expect(refused == .paymentRequired)
            try await entitlements.give(3, of: "ai.credits", to: user.id)
            try await entitlements.take(8, of: "ai.credits", by: user.id)
            try await shop.pay(try await shop.order(by: user))
            #expect(try await entitlements.limit("ai.credits", of: user.id) == 500)
            let usage = try #require(try await entitlements.usage(of: user.id).first { $0.feature == "ai.credits" })
            #expect(usage.used == 50 && usage.limit == 500 && usage.credits == 0)
            // What no plan names is closed to nobody; what another plan names, is.
            try await entitlements.demand("no.such", of: user.id)
            try await shop.database.run(
                "insert into plan_features (plan_id, feature, amount) values ('business', 'no.such', null)")
            let absent = try await problemCode { try await entitlements.demand("no.such", of: user.id) }
            #expect(absent == .paymentRequired)
        }
    }

    private func reconcile(_ shop: Shop) async throws -> ReconciliationRun {
        let run = try await shop.payments.reconcile(ReconcilePayments(until: nil), shop.reconciliation)
        try await shop.run()
        return run
    }
}
