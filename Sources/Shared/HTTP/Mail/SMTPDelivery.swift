import CCurl
import Runtime

/// One message on its way to a mail server.
final class SMTPDelivery: CurlTransfer {
    private let message: [UInt8]
    private var position = 0
    private(set) var transcript: SMTPTranscript

    init(from sender: String, to recipients: [String], message: [UInt8], options: SMTPClient.Options) {
        self.message = message
        transcript = SMTPTranscript(recipientCount: recipients.count)
        super.init()
        setServer(options)
        set(CURLOPT_MAIL_FROM, "<\(sender)>")
        setList(CURLOPT_MAIL_RCPT, recipients.map { "<\($0)>" })
        // One unknown recipient must not keep the message from the others.
        set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1)
        set(CURLOPT_UPLOAD, 1)
        setOffset(CURLOPT_INFILESIZE_LARGE, message.count)
        watchConversation()
    }

    private func setServer(_ options: SMTPClient.Options) {
        let scheme = options.security == .tls ? "smtps" : "smtp"
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        // libcurl greets with what stands for the path.
        set(CURLOPT_URL, "\(scheme)://\(host):\(options.port)/\(options.helloName)")
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        set(CURLOPT_PROXY, "")
        set(CURLOPT_USE_SSL, Int((options.security == .plain ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = options.trustedCertificates { set(CURLOPT_CAINFO, file) }
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(options.connectLimit.milliseconds)))
        // Only the answer to QUIT is left to it: for the others we look at the clock ourselves.
        set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(options.replyLimit.components.seconds) + 1)
        guard let user = options.user else { return }
        set(CURLOPT_USERNAME, user)
        set(CURLOPT_PASSWORD, options.password)
    }

    override func provide(_ target: UnsafeMutableRawBufferPointer) -> Int? {
        let part = message[position...].prefix(target.count)
        target.copyBytes(from: part)
        position += part.count
        return part.count
    }

    override func rewind(to offset: Int) -> Bool {
        guard (0...message.count).contains(offset) else { return false }
        position = offset
        return true
    }

    /// Otherwise libcurl would say QUIT and wait, on this thread, for the answer of a server that may be silent.
    override var mustBeCut: Bool { true }

    override func said(_ line: UnsafeRawBufferPointer, byPeer: Bool) {
        let text = String(decoding: line, as: UTF8.self)
        if byPeer {
            // A line end comes with each line.
            transcript.server(said: String(text.prefix { $0 != "\r\n" && $0 != "\n" && $0 != "\r" }))
        } else {
            transcript.client(said: text)
        }
    }

    /// The error that stands for `code` when the server's replies do not decide.
    func error(for code: CURLcode) -> SMTPError {
        let reason = reason(of: code)
        if code == CURLE_OPERATION_TIMEDOUT { return .timeout }
        if let reply = transcript.authentication, !reply.isPositive { return .authentication("\(reply)") }
        if let reply = transcript.lastReply, reply.code == 421 { return .unavailable(reply) }
        if let reply = transcript.greeting, !reply.isPositive { return .unavailable(reply) }
        switch code {
        case CURLE_LOGIN_DENIED: return .authentication(reason)
        case CURLE_COULDNT_RESOLVE_HOST: return .dns(reason)
        case CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: return .connection(reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE:
            return .tls(reason)
        default: return .brokenAnswer(reason)
        }
    }
}
