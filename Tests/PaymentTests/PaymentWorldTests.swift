import Glibc
import HTTP
import PaymentSimulation
import Postgres
import Queue
import Runtime
import TestSupport
import Testing

@testable import Model

/// Many orders, providers that lose, repeat, delay and contradict what they tell, and processes that are killed: at the
/// end everybody who has paid is a member once, and the books balance.
@Suite(.ownShop)
struct PaymentWorldTests {
    private static let orders = Environment["SOAK"] == nil ? 80 : 5000
    private static let providers: [ProviderName] = [.razorpay, .cashfree, .phonepe, .paytm, .stripe]

    private enum Fate: CaseIterable {
        case paid, paidToo, failed, failedThenPaid, paidThenFailed, paidTwice, wrongAmount, forgotten

        var isPaid: Bool { [.paid, .paidToo, .failedThenPaid, .paidThenFailed, .paidTwice].contains(self) }
    }

    @Test func `who has paid is a member once, whatever dies and whatever arrives`() async throws {
        var random = Seeded(Environment["SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1 ... .max))
        print("SEED=\(random.seed) repeats PaymentWorldTests")
        try await PaymentSystem.lend { system in
            var weather = Weather()
            (weather.lost, weather.repeated, weather.late) = (0.2, 0.2, 0.3)
            (weather.busy, weather.failing) = (0.02, 0.02)
            weather.delay = .seconds(2)
            system.simulator.weather = weather
            let victims = ["worker-payments 0", "api", "worker-payments 1", "worker-payments 0"]
            var paid: Set<ID<PaymentOrder>> = []
            for number in 0..<Self.orders {
                if number % (Self.orders / 5) == Self.orders / 10, !victims.isEmpty {
                    try await system.killAndReplace(victims[number * victims.count / Self.orders])
                }
                let provider = Self.providers.randomElement(using: &random) ?? .razorpay
                let order = try await system.order(at: provider)
                let fate = Fate.allCases.randomElement(using: &random) ?? .paid
                pay(order, fate, system.simulator)
                if fate.isPaid { paid.insert(order.id) }
            }
            system.simulator.weather = Weather()
            try await system.settle(paid)
            try await check(paid, system)
        }
    }

    private func pay(_ order: PaymentOrder, _ fate: Fate, _ simulator: Simulator) {
        switch fate {
        case .paid, .paidToo: simulator.pay(order.reference)
        case .failed: simulator.pay(order.reference, .failed)
        case .failedThenPaid:
            let first = simulator.pay(order.reference, .failed)
            simulator.pay(order.reference, .captured, payment: first?.id)
        case .paidThenFailed:
            let first = simulator.pay(order.reference)
            // A webhook of an earlier time: what the provider itself says stays.
            simulator.pay(order.reference, .failed, payment: first?.id, isTold: true)
            simulator.pay(order.reference, .captured, payment: first?.id, isTold: false)
        case .paidTwice:
            simulator.pay(order.reference)
            simulator.pay(order.reference)
        case .wrongAmount: simulator.pay(order.reference, amount: 100)
        case .forgotten: break
        }
    }

    private func check(_ paid: Set<ID<PaymentOrder>>, _ system: PaymentSystem) async throws {
        let database = system.database
        let found: [ID<PaymentOrder>] = try await database.all("select id from payment_orders where status = 'paid'")
        #expect(Set(found) == paid)
        let granted: [ID<PaymentOrder>] = try await database.all(
            "select m.order_id from membership_grants g join payments m on m.id = g.payment_id")
        #expect(granted.count == paid.count && Set(granted) == paid)
        let invoiced: [ID<PaymentOrder>] = try await database.all(
            "select m.order_id from invoices i join payments m on m.id = i.payment_id")
        #expect(invoiced.count == paid.count && Set(invoiced) == paid)
        let numbers: [Int64] = try await database.all("select number from invoices order by number")
        #expect(numbers == Array(1...Int64(max(paid.count, 1))).prefix(paid.count).map { $0 })
        let books = try await system.payments.checkBooks()
        let items = try await ReconciliationItem.all(in: books.id, after: nil, limit: 10, on: database)
        #expect(items.map(\.detail) == [])
        // What nobody had told of is in the report of who found it.
        let repaired: Int = try await database.one(
            "select count(*)::int from reconciliation_items where finding = 'paid_unknown' and action = 'repaired'")
        let unheard: Int = try await database.one(
            """
            select count(*)::int from payment_facts f join payments m on m.id = f.payment_id
            where f.state = 'captured' and f.source = 'reconciliation' and m.standing = 'accepted'
            """)
        #expect(repaired == unheard)
    }
}

/// Numbers that come again with their seed.
private struct Seeded: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(_ seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
