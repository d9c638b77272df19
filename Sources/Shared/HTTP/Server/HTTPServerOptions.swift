import Runtime

/// What a server puts up with. Whoever goes beyond is answered with an error, or cut off; others never notice.
public struct HTTPServerOptions: Sendable {
    // MARK: Sizes

    /// The head of a request, all in: beyond it 431. At most 65,535.
    public var headBytes = 16 << 10
    /// The request line: beyond it 414.
    public var lineBytes = 8 << 10
    /// Fields of a head: beyond it 431.
    public var fields = 100
    /// A body, unless the handler sets `request.body.limit`: beyond it `BodyTooLarge`, which becomes 413.
    public var bodyBytes = 1 << 20

    // MARK: Times

    /// From the first byte of a head, or from the connection, to the end of the head.
    public var headTime = Duration.seconds(10)
    /// How long a body may come, or an answer may go, slower than `slowestRate`.
    public var slowTime = Duration.seconds(15)
    /// Bytes a second.
    public var slowestRate = 1024
    /// Between two requests.
    public var idleTime = Duration.seconds(75)
    /// How long a client is waited for that was told goodbye and does not hang up.
    public var lingerTime = Duration.seconds(2)

    // MARK: Numbers

    /// Open at once in all: beyond it connections are closed as they come.
    public var connections = 16_000
    /// From one address, proxies that are trusted aside; nil: any number.
    public var connectionsPerAddress: Int? = 512
    public var requestsPerConnection = 10_000

    // MARK: Peers

    /// Whose word counts on who the client is: a `PROXY` line, and `forwardingHeader`. Unix sockets always do.
    public var trustedProxies: [AddressRange] = []
    public var forwardingHeader = ForwardingHeader.xForwardedFor
    /// Whether answers that are text and not small are packed for clients that like it. A handler excludes one with
    /// `Content-Encoding: identity`.
    public var compresses = true

    public init() {}
}
