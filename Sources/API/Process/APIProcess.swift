import APIFrame
import APIRoutes
import HTTP
import Model
import Postgres
import Queue
import Runtime

/// What an API process reads.
struct APIProcessConfig: ConfigGroup {
    let stores: StoresConfig
    let api: APIConfig
    let payloadKeys: PayloadKeys
    let masterKeys: MasterKeys
    let signInKey: SignInKey
    let accounts: AccountsConfig
    let realtime: RealtimeOptions

    init(from reader: inout ConfigReader) {
        stores = StoresConfig(from: &reader)
        api = APIConfig(from: &reader)
        payloadKeys = PayloadKeys(from: &reader)
        masterKeys = MasterKeys(from: &reader)
        signInKey = SignInKey(from: &reader)
        accounts = AccountsConfig(from: &reader)
        realtime = RealtimeOptions(from: &reader)
    }
}

/// An API process: its parts, in the order of their start.
struct APIProcess: Sendable {
    let parts: [any LifecycleComponent]

    init(_ config: APIProcessConfig, _ launch: Launch) throws {
        let stores = Stores(config.stores, launch)
        let durable = stores.durableQueue(config.payloadKeys, launch)
        let tokens = AccessTokens(
            config.signInKey, issuer: config.accounts.places.api, lifetime: config.accounts.accessLifetime)
        let revocations = Revocations(
            stores.database, tokenLifetime: config.accounts.accessLifetime, loops: launch.loops, log: launch.log)
        let options = config.api.options(
            cursorKeys: config.masterKeys.derived(for: "cursor"), isStrict: launch.config.environment == .test)
        let known = AccountTokens(tokens, revocations, stores.database)
        let realtime = RealtimeRoutes(
            config.realtime, tickets: RealtimeTickets(redis: stores.redis, prefix: stores.redisPrefix), tokens: known,
            loops: launch.loops, metrics: launch.metrics)
        let tables = allRoutes(RouteParts(realtime: realtime), under: config.api.prefix)
        let system = try SystemRoutes(
            tables, health: ProcessHealth(launch), options: options, server: config.api.address)
        let frame = APIFrame(
            options, tables + [system.table], tokens: known, durable: durable, redis: stores.redis,
            redisPrefix: stores.redisPrefix, loops: launch.loops,
            metrics: launch.metrics, log: launch.log)
        parts = [
            stores,
            Tables.part(AllMigrations.sets, stores, launch),
            Component("durable jobs", start: { durable.start() }, stop: { await durable.stop() }),
            revocations,
            realtime.endpoint,
            AnswerPruner(stores.database, loops: launch.loops, log: launch.log),
            HTTPServer(
                "api", on: config.api.listen, loops: launch.loops, config.api.server, metrics: launch.metrics,
                log: launch.log.part("server"), handler: frame.handler),
        ]
    }
}
