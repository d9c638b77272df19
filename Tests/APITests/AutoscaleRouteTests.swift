import APIFrame
import APIRoutes
import HTTP
import JSON
import Postgres
import Queue
import Redis
import Runtime
import TestSupport
import Testing

/// How many workers each queue needs, as a scaler asks.
@Suite(.ownStores)
struct AutoscaleRouteTests {
    private struct Waiting: Job, Codable {
        static let kind = "test.waiting"
        static let queue = QueueName("waiting")
        let number: Int
    }

    @Test func `an administrator's scaler is told of all queues, and of one`() async throws {
        let stores = try TestStores.current
        let redis = RedisClient(try RedisOptions(url: stores.redisURL), on: Loops.group)
        let api = try TestAPI([
            AutoscaleRoutes(redis: redis, redisPrefix: stores.redisPrefix).table(under: "/api/v1")
        ]) { $0.adminGuard = AdminGuard(AddressRange.loopback) }
        let person = Person()
        let tables = try await TestAPI.migrated()
        try await tables.database.run("insert into users (id, username) values (\(person.id), 'somebody')")
        let refused = await api.send(.get, "/api/v1/admin/autoscale", person.bearer, from: "127.0.0.1")
        #expect(refused.status == 403)
        api.tokens.makeAdmin(person.id)
        let queue = QueueClient(redis: redis, loops: Loops.group, prefix: stores.redisPrefix)
        try await queue.enqueueAll((0..<3).map { Waiting(number: $0) })
        let all = await api.send(.get, "/api/v1/admin/autoscale?drainSeconds=10", person.bearer, from: "127.0.0.1")
        #expect(all.status == 200 && all.json["data"]?[0]?["queue"]?.string == "waiting", "\(all.json)")
        let one = await api.send(.get, "/api/v1/admin/autoscale/waiting", person.bearer, from: "127.0.0.1")
        #expect(one.json["wanted"]?.integer == 1 && one.json["ready"]?.integer == 3, "\(one.json)")
        #expect(one.json["workers"]?.integer == 0)
        let none = await api.send(.get, "/api/v1/admin/autoscale/nowhere", person.bearer, from: "127.0.0.1")
        #expect(none.status == 404)
        let wrong = await api.send(.get, "/api/v1/admin/autoscale?most=0", person.bearer, from: "127.0.0.1")
        #expect(wrong.status == 400 || wrong.status == 422)
        redis.close()
    }
}
