import APIFrame
import Crypto
import HTTP
import Model
import Postgres
import Queue
import Runtime

/// What the server of the benchmark reads.
struct BenchConfig: ConfigGroup {
    let stores: StoresConfig
    let listen: Endpoint

    init(from reader: inout ConfigReader) {
        stores = StoresConfig(from: &reader)
        listen = reader.read("LISTEN", .endpoint, default: .tcp(host: "127.0.0.1", port: 8080))
    }
}

func runBenchServer() -> Never {
    Launch.run("bench-http-server", BenchConfig.self, health: HealthServer.parts) { config, launch in
        let stores = Stores(config.stores, launch)
        let queue = QueueClient(
            redis: stores.redis, loops: launch.loops, prefix: stores.redisPrefix, encoder: JobEncoder())
        let durable = DurableQueue(
            database: stores.database, client: queue, loops: launch.loops, name: "bench", logger: launch.log)
        let sockets = WebSocketEndpoint(loops: launch.loops, metrics: launch.metrics)
        var options = FrameOptions(cursorKeys: [SecretBytes(copying: [UInt8](repeating: 7, count: 32))])
        // On, but out of reach.
        options.limits = RateLimits(requests: 1_000_000_000, window: .seconds(60))
        let frame = APIFrame(
            options, [BenchRoutes(database: stores.database, sockets: sockets).table], tokens: BenchTokens(),
            durable: durable, redis: stores.redis, redisPrefix: stores.redisPrefix, loops: launch.loops,
            metrics: launch.metrics, log: launch.log)
        var serverOptions = HTTPServerOptions()
        serverOptions.requestsPerConnection = 1_000_000_000
        let server = HTTPServer(
            on: config.listen, loops: launch.loops, serverOptions, metrics: launch.metrics, log: launch.log,
            handler: frame)
        return [stores, sockets, server]
    }
}

struct BenchTokens: TokenCheck {
    func check(_ token: String, at now: Timestamp) throws(TokenRefusal) -> AccessToken {
        AccessToken(user: .new(), session: .new(), expiresAt: now + .minutes(60))
    }

    func isRevoked(_ token: AccessToken) -> Bool? { false }
    func isAdmin(_ user: ID<User>) async throws -> Bool { false }
}
