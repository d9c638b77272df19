/// What a peer did against the protocol or our limits; it is told, and the connection ends.
struct WebSocketFault: Error, Equatable {
    let code: CloseCode
    let reason: String

    init(_ code: CloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
