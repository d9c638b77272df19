import HTTP
import Runtime

/// What stands in the head of every answer.
struct AnswerHeaders: Sendable {
    private let origins: AllowedOrigins
    private let isHTTPS: Bool

    private static let allowedHeaders =
        "Authorization, Content-Type, Idempotency-Key, X-Request-Id, traceparent, Upload-Offset, If-None-Match, Range"
    private static let exposedHeaders =
        "X-Request-Id, traceparent, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
        + "Idempotency-Replayed, Upload-Offset, ETag, Content-Range"

    init(_ options: FrameOptions) {
        origins = options.origins
        isHTTPS = options.isHTTPS
    }

    func add(to response: inout Response, _ call: Call) {
        var headers = exchange(&response.headers, [:])
        headers.add("X-Request-Id", call.id.description)
        if let trace = call.facts.trace { headers.add("traceparent", trace.traceparent) }
        if let rate = call.rate { add(rate, to: &headers) }
        addSecurity(to: &headers)
        if origins != .none { addCORS(to: &headers, call.request) }
        response.headers = headers
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

    private func add(_ rate: RateVerdict, to headers: inout HTTPHeaders) {
        headers.add("RateLimit-Limit", String(rate.limit))
        headers.add("RateLimit-Remaining", String(rate.remaining))
        headers.add("RateLimit-Reset", String(rate.resetSeconds))
    }

    /// For what is no page: nothing in it may run, be framed, be guessed at or be kept.
    private func addSecurity(to headers: inout HTTPHeaders) {
        headers.add("X-Content-Type-Options", "nosniff")
        headers.add("Referrer-Policy", "no-referrer")
        if headers["Content-Security-Policy"] == nil {
            headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        }
        if headers["Cache-Control"] == nil { headers.add("Cache-Control", "no-store") }
        if isHTTPS { headers.add("Strict-Transport-Security", "max-age=31536000; includeSubDomains") }
    }

    private func addCORS(to headers: inout HTTPHeaders, _ request: Request) {
        headers.add("Vary", "Origin")
        guard let origin = request.headers["Origin"], origins.allows(origin) else { return }
        headers.add("Access-Control-Allow-Origin", origins == .any ? "*" : origin)
        headers.add("Access-Control-Expose-Headers", Self.exposedHeaders)
    }
}

private func exchange<Value>(_ target: inout Value, _ new: Value) -> Value {
    let old = target
    target = new
    return old
}
