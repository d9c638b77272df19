import HTTP
import PaymentSimulation
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// What happens to money that comes in other than one would like.
@Suite(.ownShop)
struct NamedCaseTests {
    private static let providers: [ProviderName] = [.razorpay, .cashfree, .phonepe, .paytm, .stripe]

    @Test(arguments: providers) func `a payment gives a membership, once, whatever arrives again`(
        _ provider: ProviderName
    ) async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order("premium", .monthly, provider, by: user)
            #expect(order.status == .pending && order.providerOrderID != nil && order.paymentURL != nil)
            let paid = try await shop.pay(order)
            try await shop.deliver(paid, provider)
            let found = try await shop.found(order)
            #expect(found.status == .paid && found.paidAt != nil)
            #expect(try await shop.grants(of: user).count == 1)
            #expect(try await shop.payments.subscription(of: user).entitledPlan == "premium")
            #expect(try await shop.balance("provider:\(provider.rawValue)") == 9900)
            #expect(try await shop.balance("revenue") == -9900)
        }
    }

    @Test(arguments: providers) func `what has failed may be paid after all`(_ provider: ProviderName) async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order("premium", .monthly, provider, by: user)
            let paid = try await shop.pay(order, .failed)
            #expect(try await shop.found(order).status == .failed)
            #expect(try await shop.grants(of: user).isEmpty)
            try await shop.pay(order, .captured, payment: paid.id)
            #expect(try await shop.found(order).status == .paid)
            #expect(try await shop.grants(of: user).count == 1)
        }
    }

    @Test func `what is paid does not fail: that is recorded, and nothing is taken away`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            let paid = try await shop.pay(order)
            try await shop.pay(order, .failed, payment: paid.id)
            #expect(try await shop.found(order).status == .paid)
            #expect(try await shop.grants(of: user).count == 1)
            #expect(try await shop.count("payment_facts where contradicts") == 1)
        }
    }

    @Test func `what is paid after its order has expired is taken`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            shop.clock.advance(by: .minutes(31))
            try await shop.durable.enqueue(ExpireOrder(order: order.id))
            try await shop.run()
            #expect(try await shop.found(order).status == .expired)
            try await shop.pay(order)
            #expect(try await shop.found(order).status == .paid)
            #expect(try await shop.grants(of: user).count == 1)
        }
    }

    @Test func `an order is read again before it expires`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order("premium", .monthly, .stripe, by: user)
            try await shop.pay(order, isTold: false)
            shop.clock.advance(by: .minutes(31))
            try await shop.durable.enqueue(ExpireOrder(order: order.id))
            try await shop.run()
            #expect(try await shop.found(order).status == .paid)
        }
    }

    @Test func `of two payments of one order the second is excess`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            try await shop.pay(order)
            try await shop.pay(order)
            #expect(try await shop.excess(order) == [.secondPayment])
            #expect(try await shop.grants(of: user).count == 1)
            #expect(try await shop.balance("suspense") == -9900)
            #expect(try await shop.balance("provider:razorpay") == 19800)
        }
    }

    @Test func `another amount or currency gives nothing`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            try await shop.pay(order, amount: 100)
            try await shop.pay(order, currency: "USD")
            #expect(try await shop.excess(order) == [.wrongAmount, .wrongCurrency])
            #expect(try await shop.found(order).status == .pending)
            #expect(try await shop.grants(of: user).isEmpty)
            try await shop.pay(order)
            #expect(try await shop.found(order).status == .paid)
        }
    }

    @Test func `money for no order of ours waits in suspense until its order is known`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            let theirs = try #require(order.providerOrderID)
            try await shop.database.run("update payment_orders set provider_order_id = 'lost' where id = \(order.id)")
            let paid = try await shop.pay(order, isTold: false)
            // The event of the payment names the provider's order alone.
            let webhook = try #require(shop.simulator.webhooks(of: paid, "razorpay").first)
            try await shop.take(webhook, .razorpay)
            try await shop.run()
            #expect(try await shop.excess() == [.unknownOrder])
            #expect(try await shop.balance("suspense") == -9900)
            try await shop.database.run(
                "update payment_orders set provider_order_id = \(theirs) where id = \(order.id)")
            try await shop.deliver(paid, .razorpay)
            #expect(try await shop.found(order).status == .paid)
            #expect(try await shop.balance("suspense") == 0)
            #expect(try await shop.balance("revenue") == -9900)
        }
    }

    @Test func `the same event under a new id gives nothing more`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order("premium", .monthly, .stripe, by: user)
            let paid = try await shop.pay(order)
            for _ in 0..<3 { try await shop.deliver(paid, .stripe) }
            #expect(try await shop.count("webhook_events") == 4)
            #expect(try await shop.grants(of: user).count == 1)
            #expect(try await shop.count("ledger_transactions where kind = 'payment'") == 1)
        }
    }

    @Test func `a refund that is heard of before its payment ends what the payment gives`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            let paid = try await shop.pay(order, isTold: false)
            let webhooks = shop.simulator.webhooks(of: paid, "razorpay")
            let refund = ProviderReport(refunds: [
                RefundFact("rfnd_1", reference: nil, of: paid.id, .succeeded, amount: 9900, currency: "INR")
            ])
            _ = try await shop.durable.transaction {
                try await shop.payments.take(refund, of: .razorpay, from: .poll, on: $0)
            }
            for webhook in webhooks { try await shop.take(webhook, .razorpay) }
            try await shop.run()
            #expect(try await shop.found(order).status == .refunded)
            #expect(try await shop.grants(of: user).isEmpty)
            #expect(try await shop.balance("provider:razorpay") == 0)
        }
    }

    @Test func `others' orders are not there`() async throws {
        try await Shop.lend { shop in
            let order = try await shop.order(by: try await shop.person())
            let other = try await shop.person()
            #expect(try await problemCode { _ = try await shop.payments.order(order.id, for: other) } == .notFound)
            let asked = try await problemCode { _ = try await shop.payments.standing(of: order.reference, for: other) }
            #expect(asked == .notFound)
            try await shop.pay(order)
            #expect(try await shop.grants(of: other).isEmpty)
        }
    }

    @Test func `a forged or altered webhook is refused and not kept`() async throws {
        try await Shop.lend { shop in
            let order = try await shop.order(by: try await shop.person())
            let paid = try await shop.pay(order, isTold: false)
            var webhook = try #require(shop.simulator.webhooks(of: paid, "razorpay").first)
            webhook.body = Array(String(decoding: webhook.body, as: UTF8.self).replacing("9900", with: "9901").utf8)
            await #expect(throws: WebhookRefusal.self) { try await shop.take(webhook, .razorpay) }
            webhook.headers["X-Razorpay-Signature"] = nil
            await #expect(throws: WebhookRefusal.self) { try await shop.take(webhook, .razorpay) }
            #expect(try await shop.count("webhook_events") == 0)
        }
    }

    @Test func `a lost dispute ends what the payment gave, a won one does not`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let order = try await shop.order(by: user)
            let paid = try await shop.pay(order)
            for (state, count) in [(DisputeFact.State.open, 1), (.lost, 0)] {
                let report = ProviderReport(disputes: [DisputeFact("d1", of: paid.id, state)])
                _ = try await shop.durable.transaction {
                    try await shop.payments.take(report, of: .razorpay, from: .poll, on: $0)
                }
                #expect(try await shop.grants(of: user).count == count)
            }
            #expect(try await shop.balance("provider:razorpay") == 0)
        }
    }
}
