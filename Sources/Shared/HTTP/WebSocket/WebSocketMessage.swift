/// A whole message as it arrived.
package struct WebSocketMessage {
    package enum Kind: UInt8, Sendable {
        /// UTF-8, which was checked.
        case text = 1
        case binary = 2
    }

    package let kind: Kind
    /// Valid only during the call that it was given to.
    package let bytes: UnsafeRawBufferPointer
}
