/// One request and its answer, as far as the connection must remember them.
struct Exchange {
    let isHead: Bool
    let isVersion11: Bool
    var keepsAlive: Bool
    /// The client waits for a word before it sends its body.
    var owesContinue: Bool
    let body: RequestBody?
    var writer: StreamedBody?
    /// Bytes that the head has promised and that are still to come; nil where pieces go as chunks.
    var owed: Int?

    init(_ head: ParsedHead, _ body: RequestBody?) {
        isHead = head.method == .head
        isVersion11 = head.isVersion11
        keepsAlive = head.keepsAlive
        owesContinue = head.expectsContinue
        self.body = body
    }
}
