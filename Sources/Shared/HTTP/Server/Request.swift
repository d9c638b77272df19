import Runtime

/// One request, from its head to its answer. It never leaves its loop.
public final class Request {
    public let method: HTTPMethod
    public let headers: RequestHeaders
    /// Who asks, after the word of trusted proxies; nil for a Unix socket whose peer said nothing.
    public let client: IPAddress?
    public let loop: EventLoop
    public let arrival: MonotonicTime
    /// Whether it depends on what is there: the server then looks.
    let isConditional: Bool
    private let pathRange: Range<Int>
    private let queryRange: Range<Int>?

    /// What follows the head. Read it, or leave it: what is not read is thrown away, or ends the connection.
    public private(set) lazy var body = RequestBody()
    /// As it was sent: percent-encoded, without the query.
    public private(set) lazy var path = pathRange.isEmpty ? "/" : text(pathRange)
    /// As it was sent; nil without a question mark.
    public private(set) lazy var query = queryRange.map { text($0) }

    init(
        _ parsed: ParsedHead, _ head: RequestHead, client: IPAddress?, body: RequestBody?, loop: EventLoop,
        arrival: MonotonicTime
    ) {
        method = parsed.method
        headers = RequestHeaders(head)
        isConditional = parsed.isConditional
        self.client = client
        self.loop = loop
        self.arrival = arrival
        pathRange = parsed.path
        queryRange = parsed.query
        if let body { self.body = body }
    }

    /// As if it had come over a connection.
    public init(
        _ method: HTTPMethod, _ path: String, query: String? = nil, headers: HTTPHeaders = [:],
        client: IPAddress? = nil, body: RequestBody = RequestBody(), loop: EventLoop, arrival: MonotonicTime = .now
    ) {
        self.method = method
        self.headers = RequestHeaders(headers)
        isConditional = headers.fields.contains { $0.name.lowercased().hasPrefix("if-") }
        self.client = client
        self.loop = loop
        self.arrival = arrival
        pathRange = 0..<0
        queryRange = nil
        self.body = body
        self.path = path
        self.query = query
    }

    private func text(_ range: Range<Int>) -> String { headers.head?.text(range) ?? "" }
}
