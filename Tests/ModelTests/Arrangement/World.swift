import Crypto
import HTTP
import Postgres
@testable import Queue
import QueueTesting
import Redis
import Runtime
import TestSupport

@testable import EmailHandlers
@testable import MaintenanceHandlers
@testable import Model

/// Accounts of one test, with a clock that the test moves.
struct World: Sendable {
    static let loops = LoopGroup(count: 2)
    static let threads = ThreadPool(name: "names", threads: 2)
    static let hashing = ThreadPool(name: "hashing", threads: 2)
    static let cheap = Argon2Cost(kibibytes: 64, passes: 1, lanes: 1)

    let database: Database
    let redis: RedisClient
    let durable: DurableQueue
    let clock: ManualClock
    let accounts: Accounts
    let rehearsal: Rehearsal
    let letters: AccountLetters
    let mails = SentMail()
    let texts = SentTexts()
    let variables: [String: String]
    private let client: QueueClient

    var secrets: AccountSecrets { accounts.secrets }

    /// `variables` as in the environment.
    static func lend(
        _ variables: [String: String] = [:], hashing: ThreadPool = World.hashing, redis url: String? = nil,
        database databaseURL: String? = nil, _ body: (World) async throws -> Void
    ) async throws {
        let world = try World(variables, hashing: hashing, redis: url, database: databaseURL)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(world)) } catch { outcome = .failure(error) }
        await world.durable.stop()
        await world.database.close(grace: .milliseconds(200))
        world.redis.close()
        try outcome.get()
    }

    private init(
        _ variables: [String: String], hashing: ThreadPool, redis url: String?, database databaseURL: String?
    ) throws {
        let stores = try TestStores.current
        var config = DatabaseConfig(url: databaseURL ?? stores.databaseURL)
        config.poolSize = 8
        // The stores of the run answer, however busy the machine is with other tests.
        if databaseURL == nil { config.waitLimit = .seconds(60) }
        database = Database(config, loops: Self.loops, threads: Self.threads)
        var options = try RedisOptions(url: url ?? stores.redisURL)
        if url == nil { options.callLimit = .seconds(60) }
        redis = RedisClient(options, on: Self.loops)
        client = QueueClient(redis: redis, loops: Self.loops, prefix: stores.redisPrefix)
        durable = DurableQueue(
            database: database, client: client, loops: Self.loops, name: "test", logger: .silent)
        clock = ManualClock(.now)
        self.variables = variables
        var reader = ConfigReader(variables)
        let masters = MasterKeys(from: &reader)
        let settings = AccountsConfig(from: &reader)
        let providers = SignInProvidersConfig(from: &reader)
        let key = SignInKey(from: &reader)
        try reader.finish()
        let secrets = AccountSecrets(masters)
        accounts = Accounts(
            durable: durable, hasher: PasswordHasher(cost: Self.cheap, pool: hashing), secrets: secrets,
            tokens: AccessTokens(key, issuer: settings.places.api, lifetime: settings.accessLifetime),
            throttle: Throttle(redis: redis, prefix: stores.redisPrefix),
            providers: SignInProviders(providers, http: HTTPClient(on: Self.loops), log: .silent), config: settings,
            clock: clock)
        letters = AccountLetters(database: database, secrets: secrets, places: settings.places)
        rehearsal = Rehearsal(
            client,
            handlers: Handlers(
                [
                    AnyHandler(AnswerForgottenPasswordHandler()), AnyHandler(BuildAccountExportHandler()),
                    AnyHandler(DeleteAccountHandler()), AnyHandler(PruneAccountsHandler(database: database)),
                    AnyHandler(SendPhoneCodeHandler(letters, texts)),
                ] + accountMailHandlers(letters, mails)), durable: durable)
    }

    /// Lets all jobs that are due run, with the handlers of the workers; answers their kinds in order.
    @discardableResult
    func runJobs() async throws -> [String] {
        await durable.pusher.untilIdle()
        return try await rehearsal.drain().map(\.kind)
    }
}
