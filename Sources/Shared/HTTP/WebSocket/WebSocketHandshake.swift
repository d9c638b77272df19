import Crypto

/// Why a request does not become a WebSocket.
public struct WebSocketRefusal: Error, Equatable {
    public let status: Int
    public let headers: HTTPHeaders
    public let reason: String

    init(_ status: Int, _ reason: String, headers: HTTPHeaders = [:]) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    static let closing = WebSocketRefusal(503, "The server is about to restart", headers: ["Retry-After": "2"])
}

/// The opening handshake (RFC 6455, section 4.2).
struct WebSocketHandshake {
    let headers: HTTPHeaders
    let compresses: Bool

    init(_ request: Request, _ options: WebSocketOptions) throws(WebSocketRefusal) {
        try Self.checkUpgrade(request)
        let key = try Self.key(of: request)
        var headers: HTTPHeaders = ["Upgrade": "websocket", "Sec-WebSocket-Accept": Self.accept(key)]
        if let chosen = Self.subprotocol(request, options) { headers.add("Sec-WebSocket-Protocol", chosen) }
        let offer = options.compresses ? DeflateOffer(request.headers.all("Sec-WebSocket-Extensions")) : nil
        if let offer { headers.add("Sec-WebSocket-Extensions", offer.answer) }
        self.headers = headers
        compresses = offer != nil
    }

    private static func checkUpgrade(_ request: Request) throws(WebSocketRefusal) {
        guard request.method == .get else {
            throw WebSocketRefusal(405, "A WebSocket begins with GET", headers: ["Allow": "GET"])
        }
        guard tokens("Connection", of: request).contains(where: { same($0, "upgrade") }),
            tokens("Upgrade", of: request).contains(where: { same($0, "websocket") })
        else {
            // RFC 9110, section 15.5.22: what to change to stands in both fields.
            throw WebSocketRefusal(426, "This is a WebSocket", headers: ["Upgrade": "websocket"])
        }
        // Its bytes would be taken for frames by whoever does not see that they are a body.
        guard request.body.isEmpty else { throw WebSocketRefusal(400, "A handshake has no body") }
        guard request.headers.all("Sec-WebSocket-Version") == ["13"] else {
            throw WebSocketRefusal(
                426, "Only version 13 is spoken",
                headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
        }
    }

    private static func key(of request: Request) throws(WebSocketRefusal) -> String {
        let keys = request.headers.all("Sec-WebSocket-Key")
        guard let key = keys.first, keys.count == 1, Base64.decode(key)?.count == 16 else {
            throw WebSocketRefusal(400, "Sec-WebSocket-Key must be 16 bytes in base64")
        }
        return key
    }

    static func accept(_ key: String) -> String {
        Base64.encode(Hash.sha1(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
    }

    private static func subprotocol(_ request: Request, _ options: WebSocketOptions) -> String? {
        tokens("Sec-WebSocket-Protocol", of: request).first { options.subprotocols.contains(String($0)) }
            .map(String.init)
    }

    /// The parts of a field that is a list, also where it was sent in several lines.
    private static func tokens(_ name: String, of request: Request) -> [Substring] {
        request.headers.all(name).flatMap { $0.split(separator: ",").map(\.trimmed) }
    }

    private static func same(_ left: Substring, _ right: String) -> Bool { HTTPHeaders.same(String(left), right) }
}

extension Substring {
    /// Without spaces and tabs around it.
    var trimmed: Substring {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
            return ""
        }
        return self[first...last]
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
