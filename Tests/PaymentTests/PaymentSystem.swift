import Glibc
import HTTP
import PaymentSimulation
import Postgres
import Queue
import Redis
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Model

/// The processes that payments need, on stores of the test, with a simulator in this one.
final class PaymentSystem: Sendable {
    let simulator: Simulator
    let payments: Payments
    let database: Database
    private let durable: DurableQueue
    private let variables: [String: String]
    private let processes = Mutex<[String: TestProcess]>([:])

    static func lend(_ body: (PaymentSystem) async throws -> Void) async throws {
        let port = try await freePort()
        let simulator = Simulator(
            base: "", webhooks: "http://127.0.0.1:\(port)/webhooks/payments", http: HTTPClient(on: Shop.loops),
            loops: Shop.loops)
        let server = HTTPServer(
            "simulator", on: .tcp(host: "127.0.0.1", port: 0), loops: Shop.loops, metrics: MetricsRegistry(),
            log: .silent, handler: { request in try await simulator.handle(request) })
        try await server.start()
        let address = try #require(server.address)
        simulator.setBase("http://\(address)")
        let system = try PaymentSystem(simulator, at: "http://\(address)", port: port)
        for name in ["api", "worker-payments 0", "worker-payments 1", "scheduler"] { try system.start(name) }
        for process in system.processes.withLock({ Array($0.values) }) {
            try await process.waitForLine(containing: #""ready""#)
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(system)) } catch { outcome = .failure(error) }
        await system.stop()
        await server.stop()
        try outcome.get()
    }

    private init(_ simulator: Simulator, at url: String, port: UInt16) throws {
        let stores = try TestStores.current
        self.simulator = simulator
        variables = [
            "APP_ENV": "test", "API_URL": "http://127.0.0.1:\(port)", "PORT": "\(port)",
            "REDIS_PREFIX": stores.redisPrefix, "JWT_SECRET": "a secret that is long enough for a test",
            "RATE_LIMIT_MAX_REQUESTS": "0", "LEASE_SECONDS": "2", "PAYMENT_SIMULATOR_URL": url,
            "RECONCILE_ENABLED": "false",
        ]
        var config = DatabaseConfig(url: stores.databaseURL)
        config.waitLimit = .seconds(60)
        database = Database(config, loops: Shop.loops, threads: Shop.threads)
        var options = try RedisOptions(url: stores.redisURL)
        options.callLimit = .seconds(60)
        let client = QueueClient(
            redis: RedisClient(options, on: Shop.loops), loops: Shop.loops, prefix: stores.redisPrefix,
            encoder: JobEncoder())
        durable = DurableQueue(database: database, client: client, loops: Shop.loops, name: "test", logger: .silent)
        var reader = ConfigReader(variables)
        let settings = PaymentsConfig(from: &reader)
        try reader.finish()
        payments = Payments(
            durable: durable, config: settings, providers: Providers(settings, http: HTTPClient(on: Shop.loops)),
            metrics: MetricsRegistry(), log: .silent)
    }

    private func stop() async {
        for process in processes.withLock({ Array($0.values) }) { process.killFamily() }
        await durable.stop()
        await database.close(grace: .milliseconds(200))
    }

    // MARK: Processes

    func start(_ name: String) throws {
        let kind = String(name.split(separator: " ")[0])
        var variables = variables
        if kind != "api" { variables["PORT"] = "0" }
        let process = try TestProcess(ours: kind, environment: variables)
        processes.withLock { $0[name] = process }
    }

    func killAndReplace(_ name: String) async throws {
        let process = try #require(processes.withLock { $0[name] })
        process.send(SIGKILL)
        try await process.waitForExit()
        try start(name)
    }

    // MARK: Money

    /// Of somebody new, ten minutes ago.
    func order(at provider: ProviderName) async throws -> PaymentOrder {
        let id = ID<User>.new()
        let name = "p" + id.description.filter { $0 != "-" }.suffix(20)
        try await database.run(
            """
            insert into users (id, username, email, email_verified_at)
            values (\(id), \(name), \(name + "@example.org"), now())
            """)
        let billing = try Billing(name: "Ada", country: "IN", state: "29", address: nil, gstin: nil)
        let wish = NewOrder(plan: "premium", cycle: .monthly, provider: provider, billing: billing, clientKey: nil)
        let order = try await payments.order(wish, by: SignedInUser(id, session: .new())).order
        // A provider that was busy is asked again by a worker.
        try await eventually("the order is open") {
            try await PaymentOrder.find(order.id, on: database)?.providerOrderID != nil
        }
        try await database.run(
            "update payment_orders set created_at = created_at - interval '10 min' where id = \(order.id)")
        return order
    }

    /// Until all that is on its way has arrived, and what was lost is found.
    func settle(_ paid: Set<ID<PaymentOrder>>) async throws {
        try await eventually("all webhooks arrive", within: .seconds(600)) { simulator.isQuiet }
        try await eventually("all webhooks are processed", within: .seconds(600)) {
            try await count("webhook_events where processed_at is null") == 0
        }
        for _ in 0..<2 {
            let before = try await count("reconciliation_runs where finished_at is not null")
            try await durable.enqueue(ReconcilePayments(until: nil, hours: 2, isManual: true))
            try await eventually("reconciliation ends", within: .seconds(600)) {
                try await count("reconciliation_runs where finished_at is not null") > before
            }
        }
        try await eventually("all is invoiced", within: .seconds(600)) {
            let waiting = try await count(
                "payments m where standing = 'accepted' and not exists (select from invoices i where i.payment_id = m.id)"
            )
            return waiting == 0
        }
    }

    private func count(_ what: SQL) async throws -> Int { try await database.one("select count(*)::int from \(what)") }

    private static func freePort() async throws -> UInt16 {
        let probe = HTTPServer(
            "probe", on: .tcp(host: "127.0.0.1", port: 0), loops: Shop.loops, metrics: MetricsRegistry(), log: .silent,
            handler: { _ in Response(404) })
        try await probe.start()
        let port = try #require(probe.address?.port)
        await probe.stop()
        return port
    }
}
