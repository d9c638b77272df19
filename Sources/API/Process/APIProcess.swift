import APIFrame
import APIRoutes
import Crypto
import HTTP
import Model
import Postgres
import Queue
import Runtime

/// An API process: its parts, in the order of their start.
struct APIProcess: Sendable {
    let parts: [any LifecycleComponent]

    init(_ config: APIProcessConfig, _ launch: Launch) throws {
        let stores = Stores(config.stores, launch)
        let durable = stores.durableQueue(config.payloadKeys, launch)
        // A password takes a core for some 20 ms: beyond a second's worth of them nobody is served by waiting.
        let hashing = ThreadPool(
            name: "passwords", threads: launch.config.loops, queueLimit: 64, metrics: launch.metrics)
        let tokens = AccessTokens(
            config.signInKey, issuer: config.accounts.places.api, lifetime: config.accounts.accessLifetime)
        let revocations = Revocations(
            stores.database, tokenLifetime: config.accounts.accessLifetime, loops: launch.loops, log: launch.log)
        let check = AccountTokens(tokens, revocations, stores.database)
        var doorway = config.realtime
        doorway.origins = config.api.pages(besides: config.accounts.places.app)
        let sending = Sending(
            Conversations(durable: durable, limits: config.messages),
            writer: MessageWriter(durable: durable, loops: launch.loops))
        let receipts = ReceiptWriter(
            database: stores.database, queue: durable.client, loops: launch.loops, log: launch.log)
        let realtime = RealtimeRoutes(
            doorway,
            RealtimeParts(
                sending: sending, receipts: receipts, queue: durable.client,
                presence: PresenceBook(redis: stores.redis, prefix: stores.redisPrefix)),
            tickets: RealtimeTickets(redis: stores.redis, prefix: stores.redisPrefix), tokens: check,
            loops: launch.loops, metrics: launch.metrics, log: launch.log)
        let storage = Storage(config.storage, loops: launch.loops, metrics: launch.metrics)
        let entitlements = Entitlements(database: stores.database, grace: config.payments.grace)
        let library = MediaLibrary(
            durable: durable, storage: storage, limits: config.media,
            links: config.storage.address.map {
                MediaLinks(config.masterKeys, address: "\($0)\(config.api.prefix)\(MediaRoutes.linked)")
            }, grace: config.payments.grace)
        let accounts = Self.accounts(config, launch, stores, durable, tokens, hashing)
        let door = config.api.door(config.masterKeys.derived(for: "dashboard"))
        let admin = AdminRoutes(durable, loops: launch.loops, log: launch.log)
        let tables =
            allRoutes(
                RouteParts(
                    accounts: AccountRoutes(accounts, isHTTPS: config.api.address.hasPrefix("https://")),
                    conversations: ConversationRoutes(
                        sending, receipts: receipts,
                        gifs: GIFSearch(
                            config.gifs, http: HTTPClient(on: launch.loops, .init(launch.metrics, "gifs")))),
                    realtime: realtime,
                    media: MediaRoutes(
                        library, under: config.api.prefix, isRedirecting: config.storage.isRedirecting),
                    stories: StoryRoutes(Stories(sending)),
                    devices: DeviceRoutes(
                        Devices(
                            database: stores.database, secrets: AccountSecrets(config.masterKeys),
                            config: config.devices)),
                    payments: Self.payments(config, launch, stores, durable), admin: admin,
                    autoscale: AutoscaleRoutes(redis: stores.redis, redisPrefix: stores.redisPrefix)),
                under: config.api.prefix)
            + DashboardRoutes(
                accounts, tokens: check, door: door, addresses: config.api.adminGuard, api: config.api.prefix
            ).tables
        let frame = try Self.frame(config, launch, stores, durable, tables, check, door, entitlements)
        parts = [
            stores,
            Tables.part(AllMigrations.sets, stores, launch),
            Component("durable jobs", start: { durable.start() }, stop: { await durable.stop() }),
            Component("passwords", stop: { hashing.stop() }),
            Component(
                "storage", start: { try await storage.scratch.prune(at: .now) }, stop: { await storage.shutDown() }),
            revocations,
            RealtimeEvents(
                realtime, database: stores.database, redis: stores.redisOptions,
                stage: EventStage(redis: stores.redis, prefix: stores.redisPrefix), loops: launch.loops,
                log: launch.log),
            OwnChanges(realtime, database: stores.database, loops: launch.loops),
            realtime.presence,
            realtime.endpoint,
            AnswerPruner(stores.database, loops: launch.loops, log: launch.log),
            HTTPServer(
                "api", on: config.api.listen, loops: launch.loops, config.api.server, metrics: launch.metrics,
                log: launch.log.part("server"), handler: frame),
            admin.part,
        ]
    }

    private static func accounts(
        _ config: APIProcessConfig, _ launch: Launch, _ stores: Stores, _ durable: DurableQueue,
        _ tokens: AccessTokens, _ hashing: ThreadPool
    ) -> Accounts {
        Accounts(
            durable: durable, hasher: PasswordHasher(pool: hashing),
            secrets: AccountSecrets(config.masterKeys, refreshSecret: config.refreshSecret), tokens: tokens,
            throttle: Throttle(redis: stores.redis, prefix: stores.redisPrefix),
            providers: SignInProviders(
                config.providers, http: HTTPClient(on: launch.loops, .init(launch.metrics, "sign_in")),
                log: launch.log), config: config.accounts)
    }

    private static func payments(
        _ config: APIProcessConfig, _ launch: Launch, _ stores: Stores, _ durable: DurableQueue
    ) -> PaymentRoutes {
        let payments = Payments(
            durable: durable, config: config.payments,
            providers: Providers(
                config.payments, http: HTTPClient(on: launch.loops, .init(launch.metrics, "payments"))),
            metrics: launch.metrics,
            stage: EventStage(redis: stores.redis, prefix: stores.redisPrefix), log: launch.log)
        payments.sayWhatIsSimulated()
        return PaymentRoutes(payments, WebhookIntake(payments, loops: launch.loops))
    }

    private static func frame(
        _ config: APIProcessConfig, _ launch: Launch, _ stores: Stores, _ durable: DurableQueue,
        _ tables: [APIRoutes], _ check: AccountTokens, _ door: BrowserDoor, _ entitlements: Entitlements
    ) throws -> APIFrame {
        let options = config.api.options(
            cursorKeys: config.masterKeys.derived(for: "cursor"),
            door: door, isStrict: launch.config.environment == .test)
        let system = try SystemRoutes(
            tables, health: ProcessHealth(launch), options: options, server: config.api.address)
        return APIFrame(
            options, tables + [system.table], tokens: check, durable: durable, redis: stores.redis,
            redisPrefix: stores.redisPrefix, loops: launch.loops, metrics: launch.metrics, tracer: launch.tracer,
            log: launch.log, entitlements: entitlements)
    }
}
