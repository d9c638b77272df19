import CCurl
import Runtime

/// One easy handle at work. Subclasses say what to do with what comes and what to send.
class CurlTransfer {
    let easy: UnsafeMutableRawPointer
    private let complaint: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    fileprivate var sockets: CurlSockets?
    /// Called once, when the transfer ended by itself.
    var whenDone: ((CURLcode) -> Void)?
    /// The descriptor that it waits for.
    var descriptor: Int32?
    /// When bytes last moved; nil until the connection stands.
    var lastActivity: MonotonicTime?

    init() {
        guard let easy = curl_easy_init() else { fatalError("out of memory: curl_easy_init") }
        self.easy = easy
        complaint = .allocate(capacity: Int(CURL_ERROR_SIZE))
        complaint.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let context = Unmanaged.passUnretained(self).toOpaque()
        set(CURLOPT_NOSIGNAL, 1)
        // Otherwise ending a transfer would wait for a thread that waits for a name server.
        set(CURLOPT_QUICK_EXIT, 1)
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, complaint)
        for option in [
            CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_OPENSOCKETDATA,
            CURLOPT_PREREQDATA, CURLOPT_DEBUGDATA,
        ] {
            ccurl_set_pointer(easy, option, context)
        }
        ccurl_set_write(easy, CURLOPT_WRITEFUNCTION, bodyArrived)
        ccurl_set_write(easy, CURLOPT_HEADERFUNCTION, headerArrived)
        ccurl_set_read(easy, bodyWanted)
        ccurl_set_seek(easy, bodyRewound)
        ccurl_set_open_socket(easy, socketNeeded)
        ccurl_set_before_request(easy, requestBegins)
    }

    deinit {
        curl_easy_cleanup(easy)
        for list in lists { curl_slist_free_all(list) }
        complaint.deallocate()
    }

    // MARK: For subclasses

    /// False ends the transfer.
    func received(_ bytes: UnsafeRawBufferPointer) -> Bool { true }
    /// One line with its end; false ends the transfer.
    func receivedHeader(_ line: UnsafeRawBufferPointer) -> Bool { true }
    /// How many bytes of the body were put into `target`; 0 at its end, nil to give up.
    func provide(_ target: UnsafeMutableRawBufferPointer) -> Int? { 0 }
    func rewind(to offset: Int) -> Bool { false }
    func allows(_ address: UnsafePointer<sockaddr>) -> Bool { true }
    /// Whether ending it in the middle must not be done politely.
    var mustBeCut: Bool { false }
    /// Lines of a text protocol, when `watchConversation` was called.
    func said(_ line: UnsafeRawBufferPointer, byPeer: Bool) {}

    // MARK: Options

    func set(_ option: CURLoption, _ value: Int) { accepted(ccurl_set_long(easy, option, value), option) }
    func set(_ option: CURLoption, _ value: String) { accepted(ccurl_set_string(easy, option, value), option) }
    func setOffset(_ option: CURLoption, _ value: Int) {
        accepted(ccurl_set_offset(easy, option, curl_off_t(value)), option)
    }

    func setList(_ option: CURLoption, _ values: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = curl_slist_append(list, value) else { fatalError("out of memory: curl_slist_append") }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        accepted(ccurl_set_list(easy, option, list), option)
    }

    /// libcurl was built without what every build has, or this module is wrong.
    private func accepted(_ code: CURLcode, _ option: CURLoption) {
        precondition(code == CURLE_OK, "libcurl refuses option \(option.rawValue): \(Self.text(of: code))")
    }

    func watchConversation() {
        set(CURLOPT_VERBOSE, 1)
        ccurl_set_debug(easy, conversationWent)
    }

    func use(_ sockets: CurlSockets) {
        self.sockets = sockets
        let context = Unmanaged.passUnretained(sockets).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, context)
        ccurl_set_close_socket(easy, socketUnneeded)
    }

    // MARK: Answers

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        ccurl_get_long(easy, info, &value)
        return value
    }

    /// What libcurl says of a failure.
    func reason(of code: CURLcode) -> String {
        let text = String(cString: complaint)
        return text.isEmpty ? Self.text(of: code) : text
    }

    private static func text(of code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}

// MARK: libcurl's callbacks

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func bodyArrived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context) else { return 0 }
    transfer.lastActivity = .now
    let accepted = transfer.received(UnsafeRawBufferPointer(start: bytes, count: size * count))
    // Any other number than that of the bytes ends the transfer.
    return accepted ? size * count : Int(CURL_WRITEFUNC_ERROR)
}

private func headerArrived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context) else { return 0 }
    transfer.lastActivity = .now
    let accepted = transfer.receivedHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return accepted ? size * count : Int(CURL_WRITEFUNC_ERROR)
}

private func bodyWanted(
    _ target: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context) else { return Int(CURL_READFUNC_ABORT) }
    transfer.lastActivity = .now
    return transfer.provide(UnsafeMutableRawBufferPointer(start: target, count: size * count))
        ?? Int(CURL_READFUNC_ABORT)
}

private func bodyRewound(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard let transfer = transfer(context), origin == SEEK_SET else { return CURL_SEEKFUNC_FAIL }
    return transfer.rewind(to: Int(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

private func socketNeeded(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let transfer = transfer(context), let address, let sockets = transfer.sockets,
        let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr)
    else { return ccurl_no_socket() }
    // The address is longer than the field that holds its beginning, so it is read where it is.
    let peer = (UnsafeRawPointer(address) + offset).assumingMemoryBound(to: sockaddr.self)
    return transfer.allows(peer) ? sockets.makeSocket(for: address.pointee) : ccurl_no_socket()
}

private func socketUnneeded(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
    guard let context else { return -1 }
    return Unmanaged<CurlSockets>.fromOpaque(context).takeUnretainedValue().close(descriptor)
}

/// The connection stands, new or used before, and the request goes out next.
private func requestBegins(
    _ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
    _ peerPort: Int32, _ localPort: Int32
) -> Int32 {
    transfer(context)?.lastActivity = .now
    return CURL_PREREQFUNC_OK
}

private func conversationWent(
    _ easy: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard kind == CURLINFO_HEADER_IN || kind == CURLINFO_HEADER_OUT else { return 0 }
    transfer(context)?.lastActivity = .now
    transfer(context)?.said(
        UnsafeRawBufferPointer(start: bytes, count: count), byPeer: kind == CURLINFO_HEADER_IN)
    return 0
}
