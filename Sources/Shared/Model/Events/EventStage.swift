import Redis
import Runtime

/// Where deliveries are called out: every process that holds sockets listens.
package struct EventStage: Sendable {
    package let channel: String
    private let redis: RedisClient

    package init(redis: RedisClient, prefix: String) {
        self.redis = redis
        channel = prefix + "realtime:events"
    }

    package func publish(_ deliveries: [Delivery]) async throws {
        for publication in Publication.encode(deliveries) {
            try await redis.call("PUBLISH", channel, publication)
        }
    }
}
