import HTTP
import Runtime

/// What stands in the head of every answer.
struct AnswerHeaders: Sendable {
    private let origins: AllowedOrigins

    private static let allowedHeaders =
        "Authorization, Content-Type, Idempotency-Key, X-Request-Id, traceparent, Upload-Offset, If-None-Match, Range"
    private static let exposedHeaders =
        "X-Request-Id, traceparent, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
        + "Idempotency-Replayed, Upload-Offset, ETag, Content-Range"

    /// For what is no page: nothing in it may run, be framed, be guessed at or be kept.
    private let security: [UInt8]

    private static let policy: StaticString = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    private static let noStore: StaticString = "Cache-Control: no-store\r\n"
    /// Enough for ids, trace, limits and the two lines above.
    private static let room = RequestID.longest + 400

    init(_ options: FrameOptions) {
        origins = options.origins
        var lines = "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
        if options.isHTTPS { lines += "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n" }
        security = Array(lines.utf8)
    }

    func add(to response: inout Response, _ call: Call) {
        let hasPolicy = response.headers.has("Content-Security-Policy")
        let isKept = response.headers.has("Cache-Control")
        response.headers.add(linesWithin: Self.room + security.count) { lines in
            lines.put("X-Request-Id: ")
            lines.put(call.id)
            lines.put("\r\ntraceparent: ")
            lines.put(traceparent: call.facts.span)
            lines.put("\r\n")
            if let rate = call.rate { Self.add(rate, to: &lines) }
            lines.put(security)
            if !hasPolicy { lines.put(Self.policy) }
            if !isKept { lines.put(Self.noStore) }
        }
        if origins != .none { addCORS(to: &response.headers, call.request) }
    }

    /// What `OPTIONS` answers; a browser asks so before it calls from another origin.
    func options(_ methods: MethodSet, _ request: Request) -> Response {
        var response = Response(204, headers: ["Allow": methods.description])
        guard let origin = request.headers["Origin"], origins.allows(origin),
            request.headers.has("Access-Control-Request-Method")
        else { return response }
        response.headers.add("Access-Control-Allow-Methods", methods.description)
        response.headers.add("Access-Control-Allow-Headers", Self.allowedHeaders)
        response.headers.add("Access-Control-Max-Age", "600")
        return response
    }

    private static func add(_ rate: RateVerdict, to lines: inout ByteCursor) {
        lines.put("RateLimit-Limit: ")
        lines.put(decimal: rate.limit)
        lines.put("\r\nRateLimit-Remaining: ")
        lines.put(decimal: rate.remaining)
        lines.put("\r\nRateLimit-Reset: ")
        lines.put(decimal: rate.resetSeconds)
        lines.put("\r\n")
    }

    private func addCORS(to headers: inout HTTPHeaders, _ request: Request) {
        headers.add("Vary", "Origin")
        guard let origin = request.headers["Origin"], origins.allows(origin),
            !headers.has("Access-Control-Allow-Origin")
        else { return }
        headers.add("Access-Control-Allow-Origin", origins == .any ? "*" : origin)
        headers.add("Access-Control-Expose-Headers", Self.exposedHeaders)
    }
}
