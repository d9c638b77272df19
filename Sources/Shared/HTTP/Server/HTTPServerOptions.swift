import Runtime

/// What a server puts up with. Whoever goes beyond is answered with an error, or cut off; others never notice.
package struct HTTPServerOptions: Sendable {
    // MARK: Sizes

    /// The head of a request, all in: beyond it 431. At most 65,535.
    package var headBytes = 16 << 10
    /// The request line: beyond it 414.
    package var lineBytes = 8 << 10
    /// Fields of a head: beyond it 431.
    package var fields = 100
    /// A body, unless the handler sets `request.body.limit`: beyond it `BodyTooLarge`, which becomes 413.
    package var bodyBytes = 1 << 20

    // MARK: Times

    /// From the first byte of a head, or from the connection, to the end of the head.
    package var headTime = Duration.seconds(10)
    /// How long a body may come, or an answer may go, slower than `slowestRate`.
    package var slowTime = Duration.seconds(15)
    /// Bytes a second.
    package var slowestRate = 1024
    /// Between two requests.
    package var idleTime = Duration.seconds(75)
    /// How long a client is waited for that was told goodbye and does not hang up.
    package var lingerTime = Duration.seconds(2)

    // MARK: Numbers

    /// Open at once in all: beyond it connections are closed as they come.
    package var connections = 16_000
    /// From one address, proxies that are trusted aside; nil: any number.
    package var connectionsPerAddress: Int? = 512
    package var requestsPerConnection = 10_000

    // MARK: Peers

    /// Whose word counts on who the client is: a `PROXY` line, and `forwardingHeader`. Unix sockets always do.
    package var trustedProxies: [AddressRange] = []
    package var forwardingHeader = ForwardingHeader.xForwardedFor
    /// Whether answers that are text and not small are packed for clients that like it. A handler excludes one with
    /// `Content-Encoding: identity`.
    package var compresses = true

    package init() {}
}
