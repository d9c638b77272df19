import Glibc
import Runtime

/// The part of a server that lives on one loop: its connections, and what they share.
final class ServerShard {
    let loop: EventLoop
    let handler: any RequestHandler
    let options: HTTPServerOptions
    let meters: ServerMeters.Shard
    let log: Logger
    let threads: BlockingWork
    /// Made when the first answer is packed: it has a quarter of a megabyte.
    private(set) lazy var gzip = GzipEncoder(level: Compression.level)
    private let admission: Admission
    /// A body up to this size is waited for before its handler starts: most then never wait for it.
    let wholeBodyBytes: Int

    // Every request looks at these; nothing that is called meanwhile comes back here, so a check of exclusive access at run
    // time would find nothing.
    @exclusivity(unchecked) var parser: HeadParser
    @exclusivity(unchecked) var date = DateLine()
    var wheel: DeadlineWheel<HTTPConnection>
    @exclusivity(unchecked) private(set) var isDraining = false
    private var isSweeping = false
    private let tick: Duration
    /// No connection is left alone for longer, whatever its deadline: it may since do something that has another one.
    private let longestRest: Duration
    private var whenEmpty: UnsafeContinuation<Void, Never>?

    init(
        on loop: EventLoop, _ options: HTTPServerOptions, _ admission: Admission, _ threads: BlockingWork,
        meters: ServerMeters.Shard, log: Logger, handler: any RequestHandler
    ) {
        self.loop = loop
        self.options = options
        self.admission = admission
        self.threads = threads
        self.meters = meters
        self.log = log
        self.handler = handler
        parser = HeadParser(options)
        wholeBodyBytes = min(8 << 10, options.bodyBytes)
        longestRest = min(options.headTime, options.slowTime, options.idleTime)
        tick = min(max(min(longestRest, options.lingerTime) / 8, .milliseconds(5)), .milliseconds(500))
        wheel = DeadlineWheel(tick: tick, now: .now)
    }

    // MARK: Connections

    func accept(_ descriptor: Int32, _ address: SocketAddress, on domain: isolated LoopDomain) {
        let stream = StreamConnection(descriptor: descriptor, peer: address)
        let peer = Peer(address, options)
        guard admission.admit(peer) else {
            meters.turnedAway()
            return stream.close(on: domain)
        }
        stream.congestionLimit = 128 << 10
        let connection = HTTPConnection(stream, peer, of: self, since: domain.now)
        do throws(SystemError) { try stream.start(connection, on: domain) } catch {
            admission.leave(peer)
            return stream.close(on: domain)
        }
        meters.opened()
        if wheel.count == 0 { wheel.restart(at: domain.now) }
        wheel.add(connection, at: domain.now + longestRest)
        sweepLater(on: domain)
    }

    /// The connection turned out to be somebody else's than its address says. False when they have too many.
    func readmit(_ connection: HTTPConnection, as peer: Peer) -> Bool {
        guard admission.admit(peer) else { return false }
        admission.leave(connection.peer)
        connection.peer = peer
        return true
    }

    /// Its place is free. Called when it was closed or handed over, and nothing runs for it.
    func remove(_ connection: HTTPConnection, on domain: isolated LoopDomain) {
        guard wheel.remove(connection) else { return }
        admission.leave(connection.peer)
        noteGone()
    }

    /// It speaks something else from now on, and keeps the place of its address; nil when it was closed meanwhile.
    func handOver(_ connection: HTTPConnection, on domain: isolated LoopDomain) -> UpgradedPlace? {
        guard wheel.remove(connection) else { return nil }
        noteGone()
        return UpgradedPlace(of: connection.peer, in: admission)
    }

    private func noteGone() {
        meters.closed()
        guard isDraining, wheel.count == 0 else { return }
        whenEmpty?.resume()
        whenEmpty = nil
    }

    // MARK: Deadlines

    private func sweepLater(on domain: isolated LoopDomain) {
        guard !isSweeping else { return }
        isSweeping = true
        domain.schedule(after: tick) { self.sweep(on: domain) }
    }

    private func sweep(on domain: isolated LoopDomain) {
        isSweeping = false
        for connection in wheel.advance(to: domain.now) {
            // Seated before it is looked at, since looking may close it.
            wheel.add(connection, at: domain.now + longestRest)
            if let next = connection.inspect(at: domain.now, on: domain) { wheel.hasten(connection, to: next) }
        }
        if wheel.count > 0 { sweepLater(on: domain) }
    }

    // MARK: The end

    /// Closes what is idle, lets what runs end, and returns when no connection is left.
    func drain(on domain: isolated LoopDomain) async {
        isDraining = true
        for connection in wheel.all where connection.exchange == nil && !connection.isPartial {
            // Of an answer that a slow client still reads, no byte is thrown away.
            if connection.stream.pendingBytes > 0 {
                connection.sayGoodbye(on: domain)
            } else if !connection.isLeaving {
                connection.stream.close(on: domain)
            }
        }
        guard wheel.count > 0 else { return }
        await withUnsafeContinuation { whenEmpty = $0 }
    }

    // MARK: Faults

    func answer(to error: any Error, of client: IPAddress?) -> Response {
        switch error {
        case is BodyTooLarge: return answer(413, to: client)
        case let refusal as Refusal: return answer(refusal.status, "\(refusal.reason)", to: client)
        case is ClientGone: return answer(400, to: client)
        default:
            log.error("a request failed", ["error": .error(error)])
            return answer(500, to: client)
        }
    }

    /// What the server itself says, in the words of the handler.
    func answer(
        _ status: Int, _ reason: String = "", to client: IPAddress?, insteadOf unsent: HTTPHeaders? = nil
    ) -> Response {
        let fault = ServerFault(status: status, reason: reason, client: client, loop: loop, unsent: unsent)
        let answer = handler.answer(to: fault)
        return answer.headers.unsendable == nil ? answer : PlainAnswer.make(status, reason)
    }

    /// Of a file that could not be opened.
    func status(ofFileError error: any Error) -> Int {
        if error is ThreadPool.Full || error is ThreadPool.Stopped { return 503 }
        let missing = [ENOENT, ENOTDIR, EISDIR, EACCES, ELOOP, ENAMETOOLONG]
        if let error = error as? SystemError, missing.contains(error.code) { return 404 }
        log.error("a file could not be opened", ["error": .error(error)])
        return 500
    }

    func noteFailure(_ error: any Error) {
        if !(error is ClientGone) { log.error("an answer broke off", ["error": .error(error)]) }
    }

    /// A field that would end its line early must not be sent: it could begin another answer.
    func unsendable(_ response: Response, to client: IPAddress?) -> Response {
        log.error("an answer had a field that cannot be sent", ["field": .string(response.headers.unsendable ?? "")])
        return answer(500, to: client, insteadOf: response.headers)
    }
}
