import APIFrame
import HTTP
import JSON
import PaymentHandlers
import PaymentSimulation
import Postgres
import Queue
import QueueTesting
import Redis
import Runtime
import TestSupport
import Testing

@testable import Model

/// Payments of one test: the real stores, the handlers of the worker, and a simulator that stands for the providers.
final class Shop: Sendable {
    static let loops = LoopGroup(count: 2)
    static let threads = ThreadPool(name: "names", threads: 2)

    let database: Database
    let redis: RedisClient
    let durable: DurableQueue
    let clock = ManualClock(.now)
    let payments: Payments
    let intake: WebhookIntake
    let simulator: Simulator
    let invoicing: Invoicing
    let reconciliation: ReconciliationConfig
    private let rehearsal: Rehearsal

    /// `variables` as in the environment.
    static func lend(
        _ variables: [String: String] = [:], _ body: (Shop) async throws -> Void
    ) async throws {
        let simulator = Simulator(base: "", webhooks: nil, http: HTTPClient(on: loops), loops: loops)
        let server = HTTPServer(
            "simulator", on: .tcp(host: "127.0.0.1", port: 0), loops: loops, metrics: MetricsRegistry(), log: .silent,
            handler: { request in try await simulator.handle(request) })
        try await server.start()
        let address = try #require(server.address)
        simulator.setBase("http://\(address)")
        let defaults = ["PAYMENT_SIMULATOR_URL": "http://\(address)", "PAYMENT_PROVIDER": "razorpay"]
        let shop = try Shop(defaults.merging(variables) { $1 }, simulator)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(shop)) } catch { outcome = .failure(error) }
        await shop.durable.stop()
        await shop.database.close(grace: .milliseconds(200))
        shop.redis.close()
        await server.stop()
        try outcome.get()
    }

    private init(_ variables: [String: String], _ simulator: Simulator) throws {
        let stores = try TestStores.current
        var config = DatabaseConfig(url: stores.databaseURL)
        config.poolSize = 8
        config.waitLimit = .seconds(60)
        database = Database(config, loops: Self.loops, threads: Self.threads)
        var options = try RedisOptions(url: stores.redisURL)
        options.callLimit = .seconds(60)
        redis = RedisClient(options, on: Self.loops)
        let client = QueueClient(redis: redis, loops: Self.loops, prefix: stores.redisPrefix, encoder: JobEncoder())
        durable = DurableQueue(database: database, client: client, loops: Self.loops, name: "test", logger: .silent)
        var reader = ConfigReader(variables)
        let settings = PaymentsConfig(from: &reader)
        let invoices = InvoiceConfig(from: &reader)
        reconciliation = ReconciliationConfig(from: &reader)
        try reader.finish()
        payments = Payments(
            durable: durable, config: settings, providers: Providers(settings, http: HTTPClient(on: Self.loops)),
            metrics: MetricsRegistry(), log: .silent, clock: clock)
        intake = WebhookIntake(payments, loops: Self.loops)
        self.simulator = simulator
        invoicing = Invoicing(durable: durable, config: invoices, places: settings.places, clock: clock)
        rehearsal = Rehearsal(
            client, handlers: Handlers(paymentHandlers(payments, invoicing, reconciliation)), durable: durable)
    }

    // MARK: People and orders

    func person(verified: Bool = true) async throws -> SignedInUser {
        let id = ID<User>.new()
        let name = "p" + id.description.filter { $0 != "-" }.suffix(20)
        try await database.run(
            """
            insert into users (id, username, email, email_verified_at)
            values (\(id), \(name), \(name + "@example.org"), \(verified ? clock.now : nil))
            """)
        return SignedInUser(id, session: .new())
    }

    func new(
        _ plan: String = "premium", _ cycle: PlanCycle = .monthly, _ provider: ProviderName? = nil,
        country: String = "IN", key: String? = nil
    ) throws -> NewOrder {
        let billing = try Billing(
            name: "Ada Lovelace", country: country, state: country == "IN" ? "Karnataka" : "Kent", address: nil,
            gstin: nil)
        return NewOrder(plan: plan, cycle: cycle, provider: provider, billing: billing, clientKey: key)
    }

    func order(
        _ plan: String = "premium", _ cycle: PlanCycle = .monthly, _ provider: ProviderName? = nil,
        country: String = "IN", by user: SignedInUser
    ) async throws -> PaymentOrder {
        try await payments.order(try new(plan, cycle, provider, country: country), by: user).order
    }

    /// Why an order is not made; nil where it is.
    func refusal(of new: NewOrder, by user: SignedInUser) async throws -> Problem.Code? {
        do { _ = try await payments.order(new, by: user) } catch let problem as Problem { return problem.code }
        return nil
    }

    func found(_ order: PaymentOrder) async throws -> PaymentOrder {
        try #require(try await PaymentOrder.find(order.id, on: database))
    }

    // MARK: What happens

    /// Somebody pays, or tries to; the webhooks arrive, and are processed.
    @discardableResult
    func pay(
        _ order: PaymentOrder, _ outcome: SimulatedPayment.State = .captured, amount: Int64? = nil,
        currency: String? = nil, payment: String? = nil, isTold: Bool = true
    ) async throws -> SimulatedPayment {
        let paid = try #require(
            simulator.pay(
                order.reference, outcome, amount: amount, currency: currency, payment: payment, isTold: false))
        if isTold { try await deliver(paid, order.provider) }
        return paid
    }

    func deliver(_ payment: SimulatedPayment, _ provider: ProviderName) async throws {
        for webhook in simulator.webhooks(of: payment, provider.rawValue) { try await take(webhook, provider) }
        try await run()
    }

    func take(_ webhook: SimulatedWebhook, _ provider: ProviderName) async throws {
        var headers: [String: String] = [:]
        for field in webhook.headers.fields { headers[field.name.lowercased()] = field.value }
        try await intake.take(
            IncomingWebhook(headers: headers, body: webhook.body, receivedAt: .now),
            from: try #require(payments.providers[provider]))
    }

    /// Lets all jobs that are due run.
    @discardableResult
    func run() async throws -> [String] {
        await durable.untilPushed()
        return try await rehearsal.drain().map(\.kind)
    }

    // MARK: What came of it

    func count(_ what: SQL) async throws -> Int { try await database.one("select count(*)::int from \(what)") }

    /// The grants that count.
    func grants(of user: SignedInUser) async throws -> [Grant] {
        try await Grant.all(of: user.id, at: clock.now, on: database)
    }

    func excess(_ order: PaymentOrder? = nil) async throws -> [Payment.Excess] {
        try await database.all(
            """
            select excess_reason from payments
            where standing = 'excess' and (\(order?.id)::uuid is null or order_id = \(order?.id))
            order by id
            """)
    }

    /// What an account holds.
    func balance(_ account: String) async throws -> Int64 {
        try await database.one("select coalesce(sum(amount), 0)::bigint from ledger_entries where account = \(account)")
    }
}

func problemCode(_ body: () async throws -> Void) async throws -> Problem.Code? {
    do { try await body() } catch let problem as Problem { return problem.code }
    return nil
}
