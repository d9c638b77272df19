import Runtime

/// What is asked of a server.
public struct HTTPRequest: Sendable {
    public enum Body: Sendable, Equatable {
        case none
        case bytes([UInt8])
        case file(path: String)
    }

    public var method: HTTPMethod
    public var url: String
    public var headers: HTTPHeaders
    public var body: Body
    /// Instead of the client's.
    public var limits: HTTPLimits?
    /// How many redirects are followed.
    public var redirects = 0
    /// Whom metrics and traces name, where one client asks several.
    public var provider: String?

    public init(
        _ method: HTTPMethod = .get, _ url: String, headers: HTTPHeaders = [:], body: Body = .none,
        limits: HTTPLimits? = nil,
        redirects: Int = 0
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
        self.redirects = redirects
    }
}

/// How long an exchange and how large an answer may be.
public struct HTTPLimits: Sendable {
    public var connect: Duration = .seconds(10)
    /// Without a byte in either direction.
    public var idle: Duration = .seconds(30)
    public var total: Duration = .seconds(60)
    public var bodyBytes = 10 << 20

    public init() {}

    public init(
        connect: Duration = .seconds(10), idle: Duration = .seconds(30), total: Duration = .seconds(60),
        bodyBytes: Int = 10 << 20
    ) {
        self.connect = connect
        self.idle = idle
        self.total = total
        self.bodyBytes = bodyBytes
    }
}

/// What a server answered.
public struct HTTPAnswer: Sendable {
    public let status: Int
    public let headers: HTTPHeaders
    /// Empty when it went into a file.
    public let body: [UInt8]
    /// Where it came from in the end.
    public let url: HTTPURL
    /// When the certificate of the other side ends; nil unless the client looks at them and there is one.
    public var certificateEnd: Timestamp?

    public var isSuccess: Bool { (200..<300).contains(status) }
}
