/// What the server says by itself: a line of text.
enum PlainAnswer {
    static func make(_ status: Int, _ reason: String = "") -> Response {
        let text = "\(status) \(StatusText.phrase(status))\(reason.isEmpty ? "" : ": \(reason)")\n"
        return Response(status, headers: plain, body: .bytes(Array(text.utf8)))
    }

    static let plain: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
}
