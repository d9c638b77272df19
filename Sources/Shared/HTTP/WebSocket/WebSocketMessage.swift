/// A whole message as it arrived.
public struct WebSocketMessage {
    public enum Kind: UInt8, Sendable {
        /// UTF-8, which was checked.
        case text = 1
        case binary = 2
    }

    public let kind: Kind
    /// Valid only during the call that it was given to.
    public let bytes: UnsafeRawBufferPointer
}
