/// What the server says by itself: a line of text.
enum PlainAnswer {
    /// For `write`, which takes a body apart from its head.
    static func parts(_ status: Int) -> (Response, [UInt8]) {
        let text = "\(status) \(StatusText.phrase(status))\n"
        return (Response(status, headers: plain), Array(text.utf8))
    }

    static func make(_ status: Int) -> Response {
        let (response, bytes) = parts(status)
        return Response(status, headers: response.headers, body: .bytes(bytes))
    }

    static func make(_ refusal: Refusal) -> (Response, [UInt8]) {
        let text = "\(refusal.status) \(StatusText.phrase(refusal.status)): \(refusal.reason)\n"
        return (Response(refusal.status, headers: plain), Array(text.utf8))
    }

    static let plain: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
}
