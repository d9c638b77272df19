import BenchSupport
import HTTP
import Model
import PaymentSimulation
import Postgres
import Runtime
import Synchronization

/// A webhook of somebody's payment.
struct DueWebhook: Sendable {
    let user: ID<User>
    let webhook: SimulatedWebhook
}

/// Makes people who pay, and sends what their provider would.
final class Counter: Sendable {
    let database: Database
    let simulator: Simulator
    private let loops: LoopGroup
    private let http: HTTPClient

    init(database: Database, simulator: Simulator, loops: LoopGroup) {
        self.database = database
        self.simulator = simulator
        self.loops = loops
        var options = HTTPClient.Options()
        options.concurrentPerOrigin = 64
        http = HTTPClient(on: loops, options)
    }

    /// Each of another person who has ordered.
    func webhooks(_ count: Int) async throws -> [DueWebhook] {
        let made = try await orders(count)
        return made.compactMap { user, reference, order in
            simulator.fill("razorpay") { till in
                _ = till.open(
                    SimulatedOrder(
                        provider: "razorpay", id: order, reference: reference, amount: 9900, currency: "INR",
                        createdAt: .now))
            }
            guard let paid = simulator.pay(reference, isTold: false),
                let webhook = simulator.webhooks(of: paid, "razorpay").first
            else { return nil }
            return DueWebhook(user: user, webhook: webhook)
        }
    }

    private func orders(_ count: Int) async throws -> [(ID<User>, String, String)] {
        try await database.all(
            """
            with people as (
                insert into users (id, username, email, email_verified_at)
                select i, 'p' || right(replace(i::text, '-', ''), 20), i || '@example.org', now()
                from (select gen_random_uuid() as i from generate_series(1, \(count)::int)) x
                returning id
            ),
            price as (
                select id from plan_prices where plan_id = 'premium' and cycle = 'monthly' and currency = 'INR'
            )
            insert into payment_orders (
                id, user_id, reference, price_id, plan_id, cycle, amount, currency, provider, provider_order_id, status,
                billing_name, billing_country, billing_state, created_at, expires_at, changed_at
            )
            select gen_random_uuid(), people.id, 'SY' || upper(replace(people.id::text, '-', '')), price.id, 'premium',
                'monthly', 9900, 'INR', 'razorpay', 'order_' || people.id, 'pending', 'Ada', 'IN', '29', now(),
                now() + interval '30 min', now()
            from people, price
            returning user_id, reference, provider_order_id
            """, within: .minutes(2))
    }

    // MARK: Sending

    /// As many as are answered.
    func flood(_ webhooks: [DueWebhook], to url: String, width: Int) async throws {
        let book = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<width {
                group.addTask {
                    while true {
                        let index = book.next()
                        guard index < webhooks.count else { return }
                        try await self.send(webhooks[index], to: url)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Each at its time, whatever becomes of the others; how many milliseconds after it each was answered.
    func pace(_ webhooks: [DueWebhook], to url: String, perSecond: Int) async throws -> [Double] {
        let start = MonotonicTime.now + .milliseconds(50)
        let book = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    while true {
                        let index = book.next()
                        guard index < webhooks.count else { return }
                        let due = start + .microseconds(Int64(index) * 1_000_000 / Int64(perSecond))
                        let wait = due - MonotonicTime.now
                        if wait > .zero { try await Task.sleep(for: wait) }
                        let took = try await self.send(webhooks[index], to: url, due: due)
                        book.note(took)
                    }
                }
            }
            try await group.waitForAll()
        }
        return book.all
    }

    private func send(_ webhook: DueWebhook, to url: String, due: MonotonicTime) async throws -> Double {
        try await send(webhook, to: url)
        return (MonotonicTime.now - due).inSeconds * 1000
    }

    private func send(_ due: DueWebhook, to url: String) async throws {
        let request = HTTPRequest(.post, url, headers: due.webhook.headers, body: .bytes(due.webhook.body))
        let answer = try await http.send(request)
        guard answer.status == 200 else {
            throw Program.Failed(description: "a webhook was answered with \(answer.status)")
        }
    }

    /// Milliseconds from the sending of each to the commit of its membership, as PostgreSQL tells it.
    func activations(_ webhooks: [DueWebhook], to url: String, perSecond: Int) async throws -> [Double] {
        let book = Tally()
        var heard = database.listen(to: ["user_changes"], buffering: 100_000).makeAsyncIterator()
        guard await heard.next() == .listening else { throw Program.Failed(description: "nobody listens") }
        let ears = Task { [heard] in
            var heard = heard
            while let one = await heard.next() {
                guard case .notification(_, let payload) = one else { continue }
                let words = payload.split(separator: " ")
                guard words.count == 4, words[2] == "subscription", let user = ID<User>(words[0]),
                    let start = book.end(user)
                else { continue }
                book.note((MonotonicTime.now - start).inSeconds * 1000)
            }
        }
        let start = MonotonicTime.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, webhook) in webhooks.enumerated() {
                let wait = start + .microseconds(Int64(index) * 1_000_000 / Int64(perSecond)) - MonotonicTime.now
                if wait > .milliseconds(1) { try await Task.sleep(for: wait) }
                book.begin(webhook.user)
                group.addTask { @Sendable in try await self.send(webhook, to: url) }
            }
            try await group.waitForAll()
        }
        try await patiently("memberships are missing") { book.isDone ? 0 : book.missing }
        ears.cancel()
        return book.all
    }

    func untilProcessed() async throws {
        try await patiently("webhooks wait") {
            try await database.one(
                "select count(*)::int from webhook_events where processed_at is null", within: .minutes(1))
        }
    }

    func untilInvoiced() async throws {
        try await patiently("invoices are due") {
            try await database.one("select count(*)::int from invoices_due", within: .minutes(1))
        }
    }

    /// Says how many are left, and gives up when they do not become fewer: a worker that stands still fails the run.
    private func patiently(_ what: String, _ left: () async throws -> Int) async throws {
        var (least, change) = (Int.max, MonotonicTime.now)
        while true {
            let count = try await left()
            if count == 0 { return }
            if count < least { (least, change) = (count, .now) }
            guard MonotonicTime.now - change < .seconds(30) else {
                throw Program.Failed(description: "\(count) \(what), and do not become fewer")
            }
            Program.note("  \(count) \(what)")
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// What PostgreSQL knows by itself some minutes later.
    func analyze() async throws {
        try await database.run(
            """
            analyze users, payment_orders, payments, payment_facts, webhook_events, membership_grants, subscriptions,
                invoices, invoices_due, ledger_transactions, ledger_entries, user_changes, refunds
            """, within: .minutes(1))
    }

    // MARK: Books

    /// Payments at the provider that are known here, but for the last.
    func fillBooks(_ count: Int, unknown: Int) async throws {
        let made = try await orders(count)
        var payments: [(id: String, order: String)] = []
        simulator.fill("razorpay") { till in
            for (_, reference, order) in made {
                _ = till.open(
                    SimulatedOrder(
                        provider: "razorpay", id: order, reference: reference, amount: 9900, currency: "INR",
                        createdAt: .now))
                let id = "pay_" + till.number()
                till.keep(
                    SimulatedPayment(
                        id: id, order: order, state: .captured, amount: 9900, currency: "INR",
                        createdAt: .now - .minutes(30)))
                payments.append((id, order))
            }
        }
        let known = payments.dropLast(unknown)
        try await database.run(
            """
            insert into payments (
                id, provider, provider_payment_id, order_id, amount, currency, state, first_seen_at, changed_at,
                captured_at, standing, excess_reason
            )
            select gen_random_uuid(), 'razorpay', x.id, o.id, 9900, 'INR', 'captured', now() - interval '30 min', now(),
                now(), 'excess', 'second_payment'
            from unnest(\(known.map(\.id)), \(known.map(\.order))) x (id, theirs)
            join payment_orders o on o.provider = 'razorpay' and o.provider_order_id = x.theirs
            """, within: .minutes(2))
        try await database.run(
            "update payment_orders o set status = 'paid' from payments m where m.order_id = o.id and o.status = 'pending'",
            within: .minutes(2))
        try await analyze()
    }
}

/// What many tasks write down together.
final class Tally: Sendable {
    private let count = Atomic(0)
    private let waits = Mutex<[Double]>([])
    private let sent = Mutex<[ID<User>: MonotonicTime]>([:])

    var all: [Double] { waits.withLock { $0 } }
    var isDone: Bool { sent.withLock { $0.isEmpty } }

    var missing: Int { sent.withLock { $0.count } }

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
    func note(_ wait: Double) { waits.withLock { $0.append(wait) } }
    func begin(_ user: ID<User>) { sent.withLock { $0[user] = .now } }
    func end(_ user: ID<User>) -> MonotonicTime? { sent.withLock { $0.removeValue(forKey: user) } }
}
