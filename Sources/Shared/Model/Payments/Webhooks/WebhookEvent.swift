import Crypto
import JSON
import Postgres
import Queue
import Runtime

/// A webhook as it came, on its way into the books.
package struct WebhookEvent: Sendable {
    package enum Verdict: String, Sendable, CaseIterable {
        case applied
        /// It says nothing that concerns us, or nothing new.
        case ignored
    }

    package let id: ID<WebhookEvent>
    package let provider: ProviderName
    package let key: String
    package let type: String
    package let body: [UInt8]
    package let headers: JSONText
    package let receivedAt: Timestamp
    package let processedAt: Timestamp?
    package let verdict: Verdict?

    /// Headers that say something; never those that prove who one is.
    private static let kept = [
        "content-type", "user-agent", "x-razorpay-event-id", "x-webhook-attempt", "x-webhook-version",
        "x-idempotency-key", "x-webhook-timestamp",
    ]

    init(_ webhook: IncomingWebhook, _ note: WebhookNote, from provider: ProviderName) {
        id = .new()
        self.provider = provider
        key = note.key
        type = note.type
        body = webhook.body
        let headers = webhook.headers.filter { Self.kept.contains($0.key) }.mapValues { JSONValue.string($0) }
        self.headers = JSONText((try? JSONCoder.text(JSONValue.object(headers))) ?? "{}")
        receivedAt = webhook.receivedAt
        processedAt = nil
        verdict = nil
    }
}

/// Puts what a webhook says into the books.
package struct ProcessWebhook: Job, Codable, Equatable {
    package static let kind = "payment.process_webhook"
    package static let queue = QueueName.payments
    package static var priority: Priority { .high }
    package static var retry: RetryPolicy { .exponential(attempts: 30, base: .seconds(1), cap: .minutes(30)) }
    package let event: ID<WebhookEvent>
}

/// Puts into the books, with one commit, what arrived together. Whatever fails among them then fails alone.
package struct ProcessWebhookGroup: Job, Codable, Equatable {
    package static let kind = "payment.process_webhook_group"
    package static let queue = QueueName.payments
    package static var priority: Priority { .high }
    package static var retry: RetryPolicy { .exponential(attempts: 30, base: .milliseconds(200), cap: .minutes(30)) }
    package let events: [ID<WebhookEvent>]

    /// As many as take a few dozen milliseconds.
    static let most = 40
}

extension WebhookEvent.Verdict: SQLEncodable, SQLDecodable {}

extension WebhookEvent: RowDecodable {
    package init(row: Row) throws(RowError) {
        id = try row["id"]
        provider = try row["provider"]
        key = try row["event_key"]
        type = try row["type"]
        body = try row["body"]
        headers = JSONText(try row["headers"])
        receivedAt = try row["received_at"]
        processedAt = try row["processed_at"]
        verdict = try row["verdict"]
    }

    static func all(_ ids: [ID<WebhookEvent>], on sql: some SQLRunner) async throws -> [WebhookEvent] {
        try await sql.all(
            """
            select id, provider, event_key, type, body, headers::text, received_at, processed_at, verdict
            from webhook_events
            where id = any (\(ids))
            order by id
            """)
    }

    /// Each event once. Answers those that were not there; the others are counted.
    static func insert(_ events: [WebhookEvent], on sql: some SQLRunner) async throws -> [ID<WebhookEvent>] {
        try await sql.all(
            """
            with given as (
                select distinct on (provider, event_key) *
                from unnest(
                    \(events.map(\.id)), \(events.map(\.provider.rawValue)), \(events.map(\.key)),
                    \(events.map(\.type)), \(events.map { Base64.encode($0.body) }),
                    \(events.map(\.headers.text)), \(events.map(\.receivedAt))
                ) g (id, provider, event_key, type, body, headers, received_at)
                order by provider, event_key, id
            ),
            kept as (
                insert into webhook_events as e (
                    id, provider, event_key, type, body, body_sha256, headers, received_at)
                select id, provider, event_key, type, decode(body, 'base64'), sha256(decode(body, 'base64')), headers::jsonb,
                    received_at
                from given
                on conflict on constraint webhook_events_once do update
                set repeats = e.repeats + 1,
                    altered = e.altered + (e.body_sha256 <> excluded.body_sha256)::int
                returning e.id
            )
            select kept.id from kept join given on given.id = kept.id
            """)
    }

    static func finish(
        _ ended: [(id: ID<WebhookEvent>, verdict: Verdict, remark: String?)], at now: Timestamp,
        on sql: some SQLRunner
    ) async throws {
        try await sql.run(
            """
            update webhook_events e set processed_at = \(now), verdict = f.verdict, remark = f.remark
            from unnest(
                \(ended.map(\.id)), \(ended.map(\.verdict.rawValue)), \(ended.map(\.remark))::text[]
            ) f (id, verdict, remark)
            where e.id = f.id
            """)
    }

    /// Those of a time, to be processed once more; of one provider or all.
    static func ids(
        _ window: Range<Timestamp>, of provider: ProviderName?, unprocessedAlone: Bool, after: ID<WebhookEvent>?,
        limit: Int, on sql: some SQLRunner
    ) async throws -> [ID<WebhookEvent>] {
        try await sql.all(
            """
            select id from webhook_events
            where received_at >= \(window.lowerBound) and received_at < \(window.upperBound)
                and (\(provider)::text is null or provider = \(provider))
                and (processed_at is null or not \(unprocessedAlone))
                and (\(after)::uuid is null or id > \(after))
            order by id
            limit \(limit)
            """)
    }
}
