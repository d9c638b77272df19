import Postgres
import Redis
import Runtime

/// The waiting jobs of a queue, whether they are in Redis or, due later, in PostgreSQL alone.
package struct WaitingJobs: Sendable {
    private let queue: QueueName
    private let listing: JobListing
    /// Nil: only what is in Redis.
    private let database: Database?

    package init(_ queue: QueueName, redis: RedisClient, prefix: String, database: Database?) {
        self.queue = queue
        listing = JobListing(queue, redis: redis, prefix: prefix)
        self.database = database
    }

    package func page(
        _ state: JobState, _ filter: JobFilter, after cursor: String?, limit: Int
    ) async throws -> JobPage {
        let stored = cursor.flatMap(StoredCursor.init)
        var page = JobPage()
        if stored == nil { page = try await listing.page(state, filter, after: cursor, limit: limit) }
        guard state == .scheduled, page.next == nil, let database else { return page }
        let wanted = limit - page.jobs.count
        guard wanted > 0 else {
            page.next = StoredCursor(time: Timestamp(microseconds: 0), id: JobID(UUID(high: 0, low: 0))).text
            return page
        }
        let rows = try await OutboxListing(database: database).waiting(
            in: queue, filter, after: stored.map { ($0.time, $0.id) }, limit: wanted)
        page.jobs += rows.compactMap(\.inspected)
        if rows.count == wanted, let last = rows.last {
            page.next = StoredCursor(time: last.pushAt ?? .now, id: last.id).text
        }
        return page
    }
}

/// A place among the jobs in PostgreSQL: `@1767225600000000.01890a5d-…`.
private struct StoredCursor {
    let time: Timestamp
    let id: JobID

    init(time: Timestamp, id: JobID) {
        self.time = time
        self.id = id
    }

    init?(_ text: String) {
        let parts = text.dropFirst().split(separator: ".")
        guard text.hasPrefix("@"), parts.count == 2, let time = Int64(parts[0]), let id = JobID(parts[1]) else {
            return nil
        }
        self.init(time: Timestamp(microseconds: time), id: id)
    }

    var text: String { "@\(time.microseconds).\(id)" }
}
