/// What a handler answers. Length, date and connection are the server's to say.
public struct Response {
    public enum Body {
        case none
        case bytes([UInt8])
        /// A part of a file, or all of it; sent without being held in memory.
        case file(path: String, range: Range<Int>?)
        /// Written piece by piece, each as far as the client reads.
        case stream(@Sendable (any BodyWriter) async throws -> Void)
        /// So many bytes that are made on demand: a client may ask for a part of them, and only that part is then written.
        case parts(count: Int, @Sendable (Range<Int>, any BodyWriter) async throws -> Void)
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

    /// Its body, where that is bytes.
    var bytesAtHand: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }
}
