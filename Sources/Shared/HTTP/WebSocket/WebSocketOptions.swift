/// What a kind of WebSocket allows and how long it waits.
public struct WebSocketOptions: Sendable {
    /// Those that are understood; the first of the client's that is among them is chosen.
    public var subprotocols: [String] = []
    /// A message that is larger, also once it is inflated, ends the socket with 1009.
    public var messageBytes = 64 << 10
    public var pingInterval = Duration.seconds(25)
    /// A client of which nothing was heard for so long is closed with 4408.
    public var silenceLimit = Duration.seconds(60)
    /// How long a closing socket waits for its client.
    public var closeTime = Duration.seconds(5)
    /// What may wait for a client that does not read; more ends the socket with 4408. Droppable messages are no longer
    /// kept when a quarter of it waits.
    public var outgoingBytes = 256 << 10
    /// Accepts permessage-deflate where a client offers it, without context takeover on both sides.
    public var compresses = false
    /// A shorter message is not worth compressing.
    public var compressedFrom = 256

    public init() {}
}
