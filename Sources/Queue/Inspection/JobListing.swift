import Redis
import Runtime

/// Lists the jobs of a queue by state, a page at a time. However long the queue is, a page looks at a bounded part of it;
/// with a filter that accepts little it may be short, or empty, and still have a next one.
package struct JobListing: Sendable {
    /// How many jobs one page looks at, at the most.
    static let reach = 5000
    private static let step = 500

    private let redis: RedisClient
    private let queue: QueueName
    private let keys: QueueKeys

    package init(_ queue: QueueName, redis: RedisClient, prefix: String) {
        self.redis = redis
        self.queue = queue
        keys = QueueKeys(prefix: prefix, queue: queue)
    }

    package func page(
        _ state: JobState, _ filter: JobFilter = JobFilter(), after cursor: String? = nil, limit: Int = 50
    ) async throws -> JobPage {
        switch state {
        case .ready: try await ready(filter, from: try Cursor(cursor), limit)
        case .scheduled, .retrying, .parked: try await due(state, filter, from: try Cursor(cursor), limit)
        case .leased: try await leased(filter, from: try Cursor(cursor), limit)
        case .suspect: try await walk([keys.suspect], .suspect, filter, from: try Cursor(cursor), limit)
        }
    }

    // MARK: Lists

    /// The lists in the order in which workers take from them.
    private func ready(_ filter: JobFilter, from cursor: Cursor, _ limit: Int) async throws -> JobPage {
        if let key = filter.key { return try await walk([keys.keyList(key)], .ready, filter, from: cursor, limit) }
        let underKeys = try await runnableKeys()
        let lists = Priority.allCases.map(keys.ready) + underKeys.map(keys.keyList)
        var page = try await walk(lists, .ready, filter, from: cursor, limit)
        if page.next == nil { page.hiddenUnderKeys = try await countHidden(besides: underKeys) }
        return page
    }

    /// Keys whose turn comes, or that wait for a token, or whose jobs run.
    private func runnableKeys() async throws -> [String] {
        let answers = try await redis.pipeline { writer in
            for key in [keys.keyRing, keys.keyWaiting] {
                writer.command("ZRANGE")
                for argument in [key, "0", "999"] { writer.append(argument) }
            }
        }
        var found: [String] = []
        for key in answers.compactMap(\.array).flatMap({ $0 }).compactMap(\.string) where !found.contains(key) {
            found.append(key)
        }
        return found
    }

    private func countHidden(besides shown: [String]) async throws -> Int {
        let total = try await redis.call("HGET", keys.ledger, "keyed").int ?? 0
        guard total > 0 else { return 0 }
        let lengths = try await redis.pipeline { writer in
            writer.command("PING")
            for key in shown {
                writer.command("LLEN")
                writer.append(keys.keyList(key))
            }
        }
        return max(0, total - lengths.dropFirst().reduce(0) { $0 + ($1.int ?? 0) })
    }

    /// Walks over lists from the right end, where workers take. The cursor is the list's number and the place in it.
    private func walk(
        _ lists: [String], _ state: JobState, _ filter: JobFilter, from start: Cursor, _ limit: Int
    ) async throws -> JobPage {
        var page = JobPage()
        var place = start
        var looked = 0
        while place.part < lists.count {
            let list = lists[place.part]
            let from = place.offset
            let found = try await redis.call("LRANGE", list, -(from + Self.step), -(from + 1)).expectArray()
            for bytes in found.reversed() {
                if page.jobs.count == limit { return page.with(next: place) }
                place.offset += 1
                page.add(bytes, state, in: queue, filter, list: list)
            }
            looked += found.count
            if found.count < Self.step { place = Cursor(part: place.part + 1, offset: 0) }
            if looked >= Self.reach, place.part < lists.count { return page.with(next: place) }
        }
        return page
    }

    // MARK: Due

    private func due(
        _ state: JobState, _ filter: JobFilter, from start: Cursor, _ limit: Int
    ) async throws -> JobPage {
        var page = JobPage()
        var place = start
        while true {
            let found = try await dueEnvelopes(from: place.offset)
            for (time, bytes) in found {
                if page.jobs.count == limit { return page.with(next: place) }
                place.offset += 1
                page.add(bytes, state, in: queue, filter, dueAt: time)
            }
            if found.count < Self.step { return page }
            if place.offset - start.offset >= Self.reach { return page.with(next: place) }
        }
    }

    private func dueEnvelopes(from start: Int) async throws -> [(Timestamp, RedisValue)] {
        let ids = try await redis.call("ZRANGE", keys.due, start, start + Self.step - 1, "WITHSCORES").expectArray()
        guard !ids.isEmpty else { return [] }
        let envelopes = try await redis.call { writer in
            writer.command("HMGET", expecting: ids.count / 2 + 1)
            writer.append(keys.dueEnvelopes)
            for place in stride(from: 0, to: ids.count, by: 2) { writer.append(ids[place].bytes ?? RedisBytes()) }
        }.expectArray()
        return envelopes.enumerated().map { number, envelope in
            let score = ids[number * 2 + 1].string.flatMap { Double($0) } ?? 0
            return (Timestamp(milliseconds: Int64(score)), envelope)
        }
    }

    // MARK: Leased

    /// What workers hold is bounded by what they can run, so each incarnation is read whole.
    private func leased(_ filter: JobFilter, from start: Cursor, _ limit: Int) async throws -> JobPage {
        let incarnations = try await redis.call("ZRANGE", keys.workers, 0, -1).expectArray().compactMap(\.string)
        var page = JobPage()
        for (part, incarnation) in incarnations.enumerated() where part >= start.part {
            let held = try await redis.call("HVALS", keys.leased(incarnation)).expectArray()
            for (offset, bytes) in held.enumerated() where part > start.part || offset >= start.offset {
                if page.jobs.count == limit { return page.with(next: Cursor(part: part, offset: offset)) }
                page.add(bytes, .leased, in: queue, filter, holder: incarnation)
            }
        }
        return page
    }
}

/// A place in a list that consists of several: `2.350`.
private struct Cursor {
    var part = 0
    var offset = 0

    init(part: Int, offset: Int) {
        self.part = part
        self.offset = offset
    }

    init(_ text: String?) throws(BadCursor) {
        guard let text else {
            self.init(part: 0, offset: 0)
            return
        }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let part = numbers[0], let offset = numbers[1], part >= 0, offset >= 0 else {
            throw BadCursor(text: text)
        }
        self.init(part: part, offset: offset)
    }

    var text: String { "\(part).\(offset)" }
}

extension JobPage {
    fileprivate func with(next: Cursor) -> JobPage {
        var page = self
        page.next = next.text
        return page
    }

    fileprivate mutating func add(
        _ value: RedisValue, _ state: JobState, in queue: QueueName, _ filter: JobFilter, dueAt: Timestamp? = nil,
        holder: String? = nil, list: String? = nil
    ) {
        guard let bytes = value.bytes else { return }
        guard let envelope = EnvelopeView(bytes) else {
            unreadable += 1
            return
        }
        guard filter.accepts(envelope), !state.isDue || JobState(due: envelope) == state else { return }
        jobs.append(
            InspectedJob(queue: queue, state: state, envelope: envelope, dueAt: dueAt, holder: holder)
                .lying(in: list))
    }
}
