import Postgres
import Redis
import Runtime

/// What else is shown of the platform: what is stuck before Redis, and how many workers are needed.
extension Bookkeeper {
    private static let mostCounted = 10_000

    func lookAtOutbox() async throws {
        let (count, age): (Int64, Double) = try await durable.database.one(
            """
            select count(*), coalesce(extract(epoch from now() - min(push_at)), 0)::float8
            from (select push_at from outbox where push_at <= now() order by push_at limit \(Self.mostCounted)) as due
            """)
        gauges.show(due: Int(count), oldest: .milliseconds(Int64(age * 1000)))
    }

    func showNeed() async throws {
        let needs = try await QueueNeed.all(
            of: await queues.all(), redis: durable.client.redis, prefix: durable.client.prefix)
        for need in needs { gauges.show(need) }
    }
}
