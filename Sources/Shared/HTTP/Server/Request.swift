import Runtime

/// One request, from its head to its answer. It never leaves its loop.
package final class Request {
    package let method: HTTPMethod
    /// As it was sent: percent-encoded, without the query.
    package let path: String
    /// As it was sent; nil without a question mark.
    package let query: String?
    package let headers: HTTPHeaders
    /// Who asks, after the word of trusted proxies; nil for a Unix socket whose peer said nothing.
    package let client: IPAddress?
    package let body: RequestBody
    package let loop: EventLoop
    package let arrival: MonotonicTime

    package init(
        _ method: HTTPMethod, _ path: String, query: String? = nil, headers: HTTPHeaders = [:],
        client: IPAddress? = nil, body: RequestBody = RequestBody(), loop: EventLoop, arrival: MonotonicTime = .now
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.client = client
        self.body = body
        self.loop = loop
        self.arrival = arrival
    }
}

/// What a client sends after the head of its request.
package final class RequestBody {
    private var rest: [UInt8]?

    package init(_ bytes: [UInt8] = []) { rest = bytes }

    /// The next piece; nil at the end. While nobody asks, the client is held back.
    package nonisolated(nonsending) func next() async throws -> [UInt8]? {
        defer { rest = nil }
        return rest?.isEmpty == true ? nil : rest
    }

    /// All of it; throws `BodyTooLarge` as soon as it is known to be more than `limit` bytes.
    package nonisolated(nonsending) func all(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            guard bytes.count + piece.count <= limit else { throw BodyTooLarge(limit: limit) }
            bytes += piece
        }
        return bytes
    }
}

package struct BodyTooLarge: Error {
    package let limit: Int
}
