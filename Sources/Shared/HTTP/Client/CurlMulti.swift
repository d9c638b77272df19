import CCurl
import Runtime

/// libcurl's multi handle, driven by one loop: it says which descriptors and when to wait for, the loop says what happened.
final class CurlMulti {
    let sockets = CurlSockets()
    private var multi: UnsafeMutableRawPointer?
    private var watched: [Int32: WatchedSocket] = [:]
    private var running: [UnsafeMutableRawPointer: (transfer: CurlTransfer, id: ParkingID)] = [:]
    private var closed: (any Error)?
    private var timer: TimerToken?

    /// How many idle connections are kept for the next requests.
    private let idleConnections: Int

    init(idleConnections: Int) {
        self.idleConnections = idleConnections
    }

    /// Nothing runs any more, since whoever waits for a transfer holds this object; so any thread may do it.
    deinit { cleanUp() }

    // MARK: Transfers

    /// Waits for the end of a transfer, which is ended here if the wait ends first: at the limit, by cancellation, or by
    /// whoever unparks the id that `began` is given.
    func run(
        _ transfer: CurlTransfer, within limit: Duration, on domain: isolated LoopDomain, began: (ParkingID) -> Void
    ) async throws -> CURLcode {
        if let closed { throw closed }
        var code = CURLE_OK
        defer {
            transfer.whenDone = nil
            abort(transfer)
        }
        try await domain.park(within: limit) { id in
            transfer.whenDone = {
                code = $0
                domain.unpark(id)
            }
            start(transfer, as: id)
            began(id)
        }
        return code
    }

    /// Fails all transfers, also those to come, and closes all connections.
    func close(throwing error: any Error, on domain: isolated LoopDomain) {
        closed = error
        sockets.shutDownAll()
        for (easy, ended) in running {
            curl_multi_remove_handle(multi, easy)
            domain.unpark(ended.id, throwing: error)
        }
        running = [:]
        if let timer { domain.cancel(timer) }
        timer = nil
        cleanUp()
    }

    private func start(_ transfer: CurlTransfer, as id: ParkingID) {
        let multi = opened()
        running[transfer.easy] = (transfer, id)
        transfer.use(sockets)
        let answer = curl_multi_add_handle(multi, transfer.easy)
        precondition(answer == CURLM_OK, "curl_multi_add_handle: \(String(cString: curl_multi_strerror(answer)))")
    }

    /// Nothing when it has ended by itself.
    private func abort(_ transfer: CurlTransfer) {
        guard running.removeValue(forKey: transfer.easy) != nil else { return }
        if transfer.mustBeCut, let descriptor = transfer.descriptor { sockets.shutDown(descriptor) }
        curl_multi_remove_handle(multi, transfer.easy)
    }

    private func cleanUp() {
        guard let multi else { return }
        // Whatever was watched was unwatched when its transfer ended; from here on nobody needs to know.
        ccurl_multi_set_socket(multi, nil)
        ccurl_multi_set_timer(multi, nil)
        // A mail connection would say QUIT and wait for the answer, which holds the thread: cut it first.
        sockets.shutDownAll()
        curl_multi_cleanup(multi)
        self.multi = nil
    }

    private func opened() -> UnsafeMutableRawPointer {
        if let multi { return multi }
        precondition(Self.libraryIsReady)
        guard let multi = curl_multi_init() else { fatalError("out of memory: curl_multi_init") }
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        ccurl_multi_set_socket(multi, socketWanted)
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        ccurl_multi_set_timer(multi, timerWanted)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, idleConnections)
        self.multi = multi
        return multi
    }

    private static let libraryIsReady = ccurl_start() == CURLE_OK

    // MARK: What the loop reports

    fileprivate func ready(_ descriptor: Int32, _ events: IOEvents) {
        var mask: Int32 = 0
        if events.contains(.readable) || !events.isDisjoint(with: .hangup) { mask |= CURL_CSELECT_IN }
        if events.contains(.writable) { mask |= CURL_CSELECT_OUT }
        if events.contains(.error) { mask |= CURL_CSELECT_ERR }
        act(descriptor, mask)
    }

    private func act(_ descriptor: Int32, _ mask: Int32) {
        var stillRunning: Int32 = 0
        curl_multi_socket_action(multi, descriptor, mask, &stillRunning)
        finishDone()
    }

    private func finishDone() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            guard let ended = running.removeValue(forKey: easy) else { continue }
            curl_multi_remove_handle(multi, easy)
            ended.transfer.whenDone?(code)
        }
    }

    // MARK: What libcurl wants

    fileprivate func watch(
        _ descriptor: Int32, of easy: UInt, for wanted: Int32, on domain: isolated LoopDomain
    ) {
        if let easy = UnsafeMutableRawPointer(bitPattern: easy) {
            running[easy]?.transfer.descriptor = wanted == CURL_POLL_REMOVE ? nil : descriptor
        }
        var interest: IOEvents = []
        if wanted & CURL_POLL_IN != 0 { interest.insert(.readable) }
        if wanted & CURL_POLL_OUT != 0 { interest.insert(.writable) }
        if wanted == CURL_POLL_REMOVE {
            watched.removeValue(forKey: descriptor)?.stop(on: domain)
        } else if let socket = watched[descriptor] {
            socket.setInterest(interest, on: domain)
        } else {
            watched[descriptor] = WatchedSocket(descriptor, interest, of: self, on: domain)
        }
    }

    fileprivate func wake(after milliseconds: Int, on domain: isolated LoopDomain) {
        if let timer { domain.cancel(timer) }
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = domain.schedule(after: .milliseconds(milliseconds)) { [weak self] in
            self?.timer = nil
            self?.act(ccurl_no_socket(), 0)
        }
    }
}

/// One of libcurl's descriptors in the loop's epoll set.
private final class WatchedSocket: IOSource {
    private weak var multi: CurlMulti?
    private let descriptor: Int32
    private var registration: IORegistration?

    init(_ descriptor: Int32, _ interest: IOEvents, of multi: CurlMulti, on domain: isolated LoopDomain) {
        self.descriptor = descriptor
        self.multi = multi
        // When the kernel has no room for one more, the transfer runs into its time limit.
        registration = try? domain.register(self, descriptor: descriptor, interest: interest)
    }

    func setInterest(_ interest: IOEvents, on domain: isolated LoopDomain) {
        if let registration { domain.setInterest(interest, of: registration) }
    }

    func stop(on domain: isolated LoopDomain) {
        if let registration { domain.deregister(registration) }
    }

    func ready(_ events: IOEvents, on domain: isolated LoopDomain) { multi?.ready(descriptor, events) }
}

// MARK: libcurl's callbacks, all from within calls that the loop made

private func socketWanted(
    _ easy: UnsafeMutableRawPointer?, _ descriptor: Int32, _ wanted: Int32, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    let easy = UInt(bitPattern: easy)
    return onLoop(context) { multi, domain in multi.watch(descriptor, of: easy, for: wanted, on: domain) }
}

private func timerWanted(
    _ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
    onLoop(context) { multi, domain in multi.wake(after: milliseconds, on: domain) }
}

/// Back into the domain of the loop that called libcurl; 0, or -1 when there is none.
private func onLoop(
    _ context: UnsafeMutableRawPointer?, _ body: @Sendable (CurlMulti, isolated LoopDomain) -> Void
) -> Int32 {
    guard let context, let domain = EventLoop.current?.domain else { return -1 }
    // As a number: the compiler cannot know that the handle behind a pointer belongs to this very loop.
    let address = UInt(bitPattern: context)
    domain.assumeIsolated { domain in
        guard let context = UnsafeRawPointer(bitPattern: address) else { return }
        body(Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue(), domain)
    }
    return 0
}
