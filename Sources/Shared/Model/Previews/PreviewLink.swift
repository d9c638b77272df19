import HTTP
import JSON
import Postgres
import Queue
import Runtime

/// Looks at the page that a message names, and puts what it says beside the message.
package struct PreviewLink: Job, Codable, Equatable {
    package static let kind = "message.preview_link"
    package static let queue = QueueName.fanout
    package static var retry: RetryPolicy { .exponential(attempts: 3, base: .seconds(5), cap: .minutes(1)) }
    package static var priority: Priority { .low }
    package let message: ID<Message>
}

/// Fetches pages that people name: guarded, short, and only their beginning.
package struct LinkReader: Sendable {
    private static let limits = HTTPLimits(
        connect: .seconds(5), idle: .seconds(5), total: .seconds(10), bodyBytes: 512 << 10)

    private let http: HTTPClient

    /// `http` has the guard against addresses of our own.
    package init(_ http: HTTPClient) { self.http = http }

    package static func guarded(on loops: LoopGroup, _ urlGuard: URLGuard = URLGuard()) -> LinkReader {
        var options = HTTPClient.Options()
        options.urlGuard = urlGuard
        options.limits = limits
        options.concurrentPerOrigin = 4
        return LinkReader(HTTPClient(on: loops, options))
    }

    /// Nil where there is nothing to show.
    package func preview(of link: String) async -> LinkPreview? {
        let request = HTTPRequest(.get, link, headers: ["Accept": "text/html"], limits: Self.limits, redirects: 3)
        guard let answer = try? await http.send(request), answer.isSuccess,
            answer.headers["Content-Type"]?.lowercased().hasPrefix("text/html") == true
        else { return nil }
        return LinkPreview(of: String(decoding: answer.body, as: UTF8.self), at: link)
    }

    package func shutDown() async { await http.shutDown() }
}

extension Conversations {
    /// The rev is raised once, when there is something to show. A second run finds the preview, and leaves it.
    package func addPreview(to id: ID<Message>, by reader: LinkReader) async throws {
        guard let said = try await text(of: id) else { return }
        guard let link = LinkPreview.link(in: said), let preview = await reader.preview(of: link) else { return }
        try await telling { transaction in
            guard let place = try await MessagePlace.lock(id, on: transaction) else {
                throw JobOutcome.discard("the message is gone")
            }
            let shown = JSONText(try JSONCoder.text(preview.json))
            let isNew =
                try await transaction.run(
                    """
                    update messages set body = coalesce(body, '{}') || jsonb_build_object('preview', \(shown)::jsonb)
                    where id = \(id) and content = \(said) and body -> 'preview' is null
                    """) > 0
            if isNew { try await place.touch(on: transaction) }
            return ((), place.mark)
        }
    }

    private func text(of id: ID<Message>) async throws -> String? {
        let found: String? = try await database.first(
            """
            select content from messages
            where id = \(id) and deleted_at is null and type = 'text' and body -> 'preview' is null
            """)
        if let found { return found }
        // The job was there before the message: it may be under way.
        let isThere: Bool = try await database.one("select exists (select from messages where id = \(id))")
        guard isThere || id.uuid < UUID.v7(at: now - .minutes(1)) else { throw JobOutcome.snooze(.seconds(1)) }
        return nil
    }
}
