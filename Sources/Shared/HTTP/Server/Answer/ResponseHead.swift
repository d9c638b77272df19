import Runtime

/// How the client finds the end of an answer's body.
enum AnswerFraming {
    /// None, and no length: 1xx, 204, 304.
    case absent
    case length(Int)
    case chunked
    /// The end of the connection: what HTTP/1.0 has for a length that nobody knows.
    case close
}

/// What the server says of the connection at the end of a head.
enum ConnectionWord {
    case none, close, keepAlive, upgrade
}

extension ByteBuffer {
    /// Status line, date, the answer's own fields, then what the server says of length and connection.
    mutating func append(
        headOf response: Response, date: [UInt8], _ framing: AnswerFraming, _ connection: ConnectionWord
    ) {
        append(statusLine: response.status)
        append(date)
        // Length, date and connection are the server's business, whatever a handler says.
        append(response.headers.hasReserved ? response.headers.unreserved.lines : response.headers.lines)
        append(connection)
        append(framing)
    }

    private mutating func append(statusLine status: Int) {
        if let line = StatusText.line(status) { return append(line) }
        append("HTTP/1.1 ")
        append(decimal: status)
        append(byte: UInt8(ascii: " "))
        append(StatusText.phrase(status))
        append("\r\n")
    }

    private mutating func append(_ connection: ConnectionWord) {
        switch connection {
        case .none: break
        case .close: append("Connection: close\r\n")
        case .keepAlive: append("Connection: keep-alive\r\n")
        case .upgrade: append("Connection: Upgrade\r\n")
        }
    }

    /// The last of the head, with the empty line.
    private mutating func append(_ framing: AnswerFraming) {
        switch framing {
        case .absent, .close: append("\r\n")
        case .chunked: append("Transfer-Encoding: chunked\r\n\r\n")
        case .length(let count):
            append("Content-Length: ")
            append(decimal: count)
            append("\r\n\r\n")
        }
    }
}
