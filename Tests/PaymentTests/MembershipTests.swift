import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// What payments mean for memberships.
@Suite(.ownShop)
struct MembershipTests {
    @Test func `the same plan is extended, months ending where they are shorter`() async throws {
        let end = try #require(Timestamp(rfc3339: "2027-01-31T10:00:00Z"))
        #expect(PlanCycle.monthly.end(after: end)?.rfc3339 == "2027-02-28T10:00:00.000Z")
        #expect(
            PlanCycle.yearly.end(after: try #require(Timestamp(rfc3339: "2028-02-29T10:00:00Z")))?.rfc3339
                == "2029-02-28T10:00:00.000Z")
        try await Shop.lend { shop in
            let user = try await shop.person()
            for _ in 0..<2 { try await shop.pay(try await shop.order(by: user)) }
            let grants = try await shop.grants(of: user)
            #expect(grants.count == 2 && grants[1].startsAt == grants[0].endsAt)
            let subscription = try await shop.payments.subscription(of: user)
            #expect(subscription.status == .active && subscription.periodEnd == grants[1].endsAt)
        }
    }

    @Test func `a lifetime bought twice is excess`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let orders = [
                try await shop.order("premium", .lifetime, by: user),
                try await shop.order("premium", .lifetime, by: user),
            ]
            for order in orders { try await shop.pay(order) }
            #expect(try await shop.excess() == [.alreadyLifetime])
            #expect(try await shop.grants(of: user).count == 1)
            #expect(try await shop.payments.subscription(of: user).periodEnd == nil)
            let again = try await problemCode { _ = try await shop.order("premium", .lifetime, by: user) }
            #expect(again == .conflict)
        }
    }

    @Test func `whoever goes to a better plan pays the rest of the lesser one no second time`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            try await shop.pay(try await shop.order("premium", .yearly, .stripe, country: "GB", by: user))
            shop.clock.advance(by: .days(73))
            let upgrade = try await shop.order("business", .yearly, .stripe, country: "GB", by: user)
            // Four fifths of the year are left.
            #expect((7995...8001).contains(upgrade.credited) && upgrade.amount == 19999 - upgrade.credited)
            try await shop.pay(upgrade)
            #expect(try await shop.grants(of: user).map(\.plan) == ["business"])
            #expect(try await shop.payments.subscription(of: user).entitledPlan == "business")
        }
    }

    @Test func `a credit is spent once`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            try await shop.pay(try await shop.order("premium", .yearly, .stripe, country: "GB", by: user))
            let first = try await shop.order("business", .yearly, .stripe, country: "GB", by: user)
            let second = try await shop.order("business", .monthly, .stripe, country: "GB", by: user)
            try await shop.pay(first)
            try await shop.pay(second)
            #expect(try await shop.excess(second) == [.creditSpent])
        }
    }

    @Test func `a lesser plan begins when the better one ends`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            try await shop.pay(try await shop.order("business", .monthly, .stripe, country: "GB", by: user))
            try await shop.pay(try await shop.order("premium", .monthly, .stripe, country: "GB", by: user))
            let grants = try await shop.grants(of: user)
            #expect(grants.map(\.plan) == ["business", "premium"] && grants[1].startsAt == grants[0].endsAt)
            shop.clock.advance(by: .days(32))
            #expect(try await shop.payments.subscription(of: user).entitledPlan == "premium")
        }
    }

    @Test func `who does not renew keeps everything for some days, who has cancelled does not`() async throws {
        try await Shop.lend { shop in
            let (late, gone) = (try await shop.person(), try await shop.person())
            for user in [late, gone] { try await shop.pay(try await shop.order(by: user)) }
            #expect(try await shop.payments.cancel(of: gone).cancelsAtEnd)
            #expect(try await shop.payments.subscription(of: gone).entitledPlan == "premium")
            shop.clock.advance(by: .days(32))
            for user in [late, gone] { try await shop.durable.enqueue(RefreshSubscription(user: user.id)) }
            try await shop.run()
            #expect(try await shop.payments.subscription(of: late).status == .pastDue)
            #expect(try await shop.payments.subscription(of: late).entitledPlan == "premium")
            #expect(try await shop.payments.subscription(of: gone).status == .cancelled)
            #expect(try await shop.payments.subscription(of: gone).entitledPlan == "free")
            shop.clock.advance(by: .days(3))
            #expect(try await shop.payments.subscription(of: late).status == .expired)
            let kept: String = try await shop.database.one(
                "select status from subscriptions where user_id = \(gone.id)")
            #expect(kept == "cancelled")
        }
    }

    @Test func `a plan is tried out once`() async throws {
        try await Shop.lend { shop in
            let user = try await shop.person()
            let refused = try await problemCode { _ = try await shop.payments.tryOut("premium", by: user) }
            #expect(refused == .validationFailed)
            try await shop.database.run("update plans set trial_days = 14 where id = 'premium'")
            #expect(try await shop.payments.tryOut("premium", by: user).status == .trialing)
            #expect(try await problemCode { _ = try await shop.payments.tryOut("premium", by: user) } == .conflict)
            try await shop.pay(try await shop.order(by: user))
            let grants = try await shop.grants(of: user)
            #expect(grants.count == 2 && grants[1].startsAt == grants[0].endsAt)
        }
    }

    @Test func `who has not proved an address does not pay, and one key makes one order`() async throws {
        try await Shop.lend { shop in
            let stranger = try await shop.person(verified: false), user = try await shop.person()
            let monthly = try shop.new(key: "k"), yearly = try shop.new("premium", .yearly, key: "k")
            #expect(monthly.digest != yearly.digest)
            #expect(try await shop.refusal(of: monthly, by: stranger) == .emailUnverified)
            let made = try await shop.payments.order(monthly, by: user).order
            let again = try await shop.payments.order(monthly, by: user)
            #expect(again.order.id == made.id && !again.isNew)
            #expect(try await shop.refusal(of: yearly, by: user) == .idempotencyKeyReused)
        }
    }

    @Test func `the books refuse what does not sum to zero, and what would change them`() async throws {
        try await Shop.lend { shop in
            try await shop.pay(try await shop.order(by: try await shop.person()))
            for statement: SQL in [
                "update ledger_entries set amount = amount + 1", "delete from ledger_transactions",
                "truncate ledger_entries cascade",
                "insert into ledger_transactions (id, kind, subject_id, posted_at) values (gen_random_uuid(), 'refund', gen_random_uuid(), now())",
                """
                insert into ledger_entries (transaction_id, line, account, amount, currency)
                select id, 9, 'sales', 1, 'INR' from ledger_transactions
                """,
            ] {
                await #expect(throws: PostgresError.self) { try await shop.database.run(statement) }
            }
        }
    }
}
