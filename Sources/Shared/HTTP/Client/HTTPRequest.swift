/// What is asked of a server.
package struct HTTPRequest: Sendable {
    package enum Body: Sendable, Equatable {
        case none
        case bytes([UInt8])
        case file(path: String)
    }

    package var method: HTTPMethod
    package var url: String
    package var headers: HTTPHeaders
    package var body: Body
    /// Instead of the client's.
    package var limits: HTTPLimits?
    /// How many redirects are followed.
    package var redirects = 0

    package init(
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
package struct HTTPLimits: Sendable {
    package var connect: Duration = .seconds(10)
    /// Without a byte in either direction.
    package var idle: Duration = .seconds(30)
    package var total: Duration = .seconds(60)
    package var bodyBytes = 10 << 20

    package init() {}

    package init(
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
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// Empty when it went into a file.
    package let body: [UInt8]
    /// Where it came from in the end.
    package let url: HTTPURL

    package var isSuccess: Bool { (200..<300).contains(status) }
}
