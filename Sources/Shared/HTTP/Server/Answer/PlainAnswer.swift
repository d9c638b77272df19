/// What the server says by itself: a line of text.
enum PlainAnswer {
    static func make(_ status: Int) -> Response {
        let text = "\(status) \(StatusText.phrase(status))\n"
        return Response(status, headers: plain, body: .bytes(Array(text.utf8)))
    }

    static func make(_ refusal: Refusal) -> (Response, [UInt8]) {
        let text = "\(refusal.status) \(StatusText.phrase(refusal.status)): \(refusal.reason)\n"
        return (Response(refusal.status, headers: plain), Array(text.utf8))
    }

    private static let plain: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
}
