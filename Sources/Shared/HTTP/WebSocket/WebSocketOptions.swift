/// What a kind of WebSocket allows and how long it waits.
package struct WebSocketOptions: Sendable {
    /// Those that are understood; the first of the client's that is among them is chosen.
    package var subprotocols: [String] = []
    /// A message that is larger, also once it is inflated, ends the socket with 1009.
    package var messageBytes = 64 << 10
    package var pingInterval = Duration.seconds(25)
    /// A client of which nothing was heard for so long is closed with 4408.
    package var silenceLimit = Duration.seconds(60)
    /// How long a closing socket waits for its client.
    package var closeTime = Duration.seconds(5)
    /// What may wait for a client that does not read; more ends the socket with 4408. Droppable messages are no longer
    /// kept when a quarter of it waits.
    package var outgoingBytes = 256 << 10
    /// Accepts permessage-deflate where a client offers it, without context takeover on both sides.
    package var compresses = false
    /// A shorter message is not worth compressing.
    package var compressedFrom = 256

    package init() {}
}
