/// What a handler answers. Length, date and connection are the server's to say.
public struct Response {
    public enum Body {
        case none
        case bytes([UInt8])
        /// A part of a file, or all of it; sent without being held in memory.
        case file(path: String, range: Range<Int>?)
        /// Written piece by piece, each as far as the client reads.
        case stream(@Sendable (any BodyWriter) async throws -> Void)
        /// The connection leaves HTTP once the head (101) is sent: `takeOver` makes who speaks on it from then on.
        case upgrade(takeOver: any ConnectionUpgrade)
    }

    public var status: Int
    public var headers: HTTPHeaders
    public var body: Body

    public init(_ status: Int = 200, headers: HTTPHeaders = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
