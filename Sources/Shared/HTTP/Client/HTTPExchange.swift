import CCurl
import Glibc
import Runtime

/// One request on its way and its answer as it comes; redirects are further exchanges.
final class HTTPExchange: CurlTransfer {
    private let options: HTTPClient.Options
    private let limit: Int
    private let source: UploadSource
    private let download: DownloadFile?

    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    private(set) var body: [UInt8] = []
    private var headerBytes = 0
    private var bodyBytes = 0
    /// Why a callback ended the transfer: libcurl knows only that it did.
    private var failure: HTTPClientError?

    private static let maximumHeaderBytes = 64 * 1024
    /// How much of a refusal is kept when the answer should have gone into a file.
    private static let refusalBytes = 64 * 1024

    init(
        _ request: HTTPRequest, at url: HTTPURL, limits: HTTPLimits, options: HTTPClient.Options,
        into file: DownloadFile?
    ) throws(HTTPClientError) {
        self.options = options
        limit = limits.bodyBytes
        download = file
        source = try UploadSource(request.body)
        super.init()
        set(CURLOPT_URL, url.text)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        setMethod(request.method)
        setHeaders(request.headers)
        setConnection(limits)
    }

    private func setMethod(_ method: HTTPMethod) {
        switch method {
        case .get where source.isEmpty: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        case .delete where source.isEmpty, .options where source.isEmpty:
            set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        default:
            set(CURLOPT_UPLOAD, 1)
            setOffset(CURLOPT_INFILESIZE_LARGE, source.count)
            set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
        // libcurl looks at the announced length before it looks at whether there will be a body.
        if method != .head { setOffset(CURLOPT_MAXFILESIZE_LARGE, limit) }
    }

    private func setHeaders(_ headers: HTTPHeaders) {
        // No "Expect: 100-continue": many servers do not know it, and each costs a second then.
        var lines = ["Expect:"]
        // An empty value would remove the field: that is what the semicolon is for.
        lines += headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if headers["User-Agent"] == nil { lines.append("User-Agent: \(options.userAgent)") }
        setList(CURLOPT_HTTPHEADER, lines)
    }

    private func setConnection(_ limits: HTTPLimits) {
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(limits.connect.milliseconds)))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = options.trustedCertificates { set(CURLOPT_CAINFO, file) }
        switch options.version {
        case .http1: set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case .http2:
            set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // Rather share a connection that is being opened than open another.
            set(CURLOPT_PIPEWAIT, 1)
        }
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        if options.looksAtCertificates { set(CURLOPT_CERTINFO, 1) }
        switch options.proxy {
        // An empty text keeps libcurl from reading the environment.
        case .none: set(CURLOPT_PROXY, "")
        case .url(let url): set(CURLOPT_PROXY, url)
        case .environment: break
        }
    }

    var certificateEnd: Timestamp? {
        let seconds = ccurl_certificate_end(easy)
        return seconds < 0 ? nil : Timestamp(seconds: seconds)
    }

    // MARK: What libcurl asks and tells

    override func allows(_ address: UnsafePointer<sockaddr>) -> Bool {
        guard let guardian = options.urlGuard else { return true }
        guard let address = IPAddress(address) else { return false }
        if guardian.allows(address) { return true }
        failure = .refusedAddress("\(address) is not a public address")
        return false
    }

    override func provide(_ target: UnsafeMutableRawBufferPointer) -> Int? {
        do { return try source.read(into: target) } catch {
            failure = .file(error)
            return nil
        }
    }

    override func rewind(to offset: Int) -> Bool { source.rewind(to: offset) }

    override func receivedHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maximumHeaderBytes else {
            failure = .tooLarge(limit: Self.maximumHeaderBytes)
            return false
        }
        let text = String(decoding: line, as: UTF8.self).trimmingLineEnd()
        // A status line begins a new head: after "100 Continue", for example.
        if text.hasPrefix("HTTP/") {
            status = number(CURLINFO_RESPONSE_CODE)
            headers = HTTPHeaders()
        } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
            headers.add(String(text[..<colon]), text[text.index(after: colon)...].trimmingBlanks())
        }
        return true
    }

    override func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bodyBytes += bytes.count
        let goesToFile = download != nil && (200..<300).contains(status)
        let allowed = download != nil && !goesToFile ? min(limit, Self.refusalBytes) : limit
        guard bodyBytes <= allowed else {
            failure = .tooLarge(limit: allowed)
            return false
        }
        guard goesToFile, let download else {
            body += bytes
            return true
        }
        do { try download.write(bytes) } catch {
            failure = .file(error)
            return false
        }
        return true
    }

    /// The error that stands for `code`; nil for success.
    func error(for code: CURLcode, limits: HTTPLimits) -> HTTPClientError? {
        if code == CURLE_OK { return nil }
        return failure ?? HTTPClientError(code, reason(of: code), limits: limits)
    }
}

extension HTTPClientError {
    init(_ code: CURLcode, _ reason: String, limits: HTTPLimits) {
        switch code {
        // libcurl is given no other limit.
        case CURLE_OPERATION_TIMEDOUT: self = .timeout(.connect)
        case CURLE_FILESIZE_EXCEEDED: self = .tooLarge(limit: limits.bodyBytes)
        case CURLE_URL_MALFORMAT: self = .invalidRequest(reason)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .dns(reason)
        case CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR: self = .connection(reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
            self = .tls(reason)
        default: self = .brokenAnswer(reason)
        }
    }
}

extension String {
    fileprivate func trimmingLineEnd() -> String {
        var bytes = utf8[...]
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return String(Substring(bytes))
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> String {
        var bytes = utf8[...]
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
