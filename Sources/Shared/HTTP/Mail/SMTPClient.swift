import CCurl
import Runtime

/// Hands messages to a mail server over a few connections that are kept.
///
/// It has a loop of its own: libcurl waits for the answer to its QUIT when a conversation ends badly, and that must not
/// hold the loops that serve requests.
public final class SMTPClient: Sendable {
    public enum Security: Sendable {
        /// Only for servers on this machine.
        case plain
        /// Plain at first, then upgraded; a server that cannot is refused.
        case startTLS
        case tls
    }

    public struct Options: Sendable {
        public var host: String
        public var port: UInt16
        public var security = Security.startTLS
        public var user: String?
        public var password = ""
        /// What we call ourselves in EHLO.
        public var helloName = "localhost"
        public var trustedCertificates: String?
        public var connectLimit: Duration = .seconds(15)
        /// For each reply, and for each part of the message to be taken.
        public var replyLimit: Duration = .seconds(60)
        public var totalLimit: Duration = .seconds(300)
        public var connections = 4

        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }
    }

    private let loop: EventLoop
    private let shard: LoopBound<SMTPShard>

    public init(_ options: Options) {
        loop = EventLoop()
        shard = LoopBound(SMTPShard(options), to: loop)
    }

    /// What became of the message for each recipient, in their order. `message` is what RFC 5322 describes; its line ends
    /// are put right, and leading dots are taken care of.
    public func send(
        from sender: String, to recipients: [String], message: [UInt8]
    ) async throws(SMTPError) -> [MailOutcome] {
        guard !recipients.isEmpty else { throw .invalidEnvelope("no recipient") }
        // The empty sender is that of bounces.
        for address in recipients + (sender.isEmpty ? [] : [sender]) where !Self.isEnvelopeAddress(address) {
            throw .invalidEnvelope(address)
        }
        return try await Self.send(
            from: sender, to: recipients, message: withNetworkLineEnds(message), by: shard, on: loop.domain)
    }

    public func openedConnections() async -> Int { await Self.openedConnections(shard, on: loop.domain) }

    /// Fails what is under way or waits with `shutDown`, and closes all connections. Later messages fail too.
    public func shutDown() async { await Self.shutDown(shard, on: loop.domain) }

    private static func isEnvelopeAddress(_ address: String) -> Bool {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && address.utf8.count <= 254
            && address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }

    private static func send(
        from sender: String, to recipients: [String], message: [UInt8], by shard: LoopBound<SMTPShard>,
        on domain: isolated LoopDomain
    ) async throws(SMTPError) -> [MailOutcome] {
        try await shard.value(on: domain).send(from: sender, to: recipients, message: message, on: domain)
    }

    private static func openedConnections(_ shard: LoopBound<SMTPShard>, on domain: isolated LoopDomain) -> Int {
        shard.value(on: domain).openedConnections
    }

    private static func shutDown(_ shard: LoopBound<SMTPShard>, on domain: isolated LoopDomain) {
        shard.value(on: domain).shutDown(on: domain)
    }
}

/// Every line ends with CR LF: a bare CR or LF means a line end to some servers and nothing to others, which is how a
/// second message could be smuggled into the first.
func withNetworkLineEnds(_ message: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(message.count + 64)
    var previous: UInt8 = 0
    for byte in message {
        if byte == 0x0A && previous == 0x0D {
            // Its CR was taken for a line end already.
        } else if byte == 0x0A || byte == 0x0D {
            result += [0x0D, 0x0A]
        } else {
            result.append(byte)
        }
        previous = byte
    }
    if !result.isEmpty, result.last != 0x0A { result += [0x0D, 0x0A] }
    return result
}

/// The part of the client that belongs to its loop.
final class SMTPShard {
    private let options: SMTPClient.Options
    private let multi: CurlMulti
    private let turns: Turnstile

    init(_ options: SMTPClient.Options) {
        self.options = options
        // Room for all connections, so that none is ever closed to make place for another.
        multi = CurlMulti(idleConnections: options.connections * 2)
        turns = Turnstile(places: options.connections)
    }

    var openedConnections: Int { multi.sockets.opened }

    func send(
        from sender: String, to recipients: [String], message: [UInt8], on domain: isolated LoopDomain
    ) async throws(SMTPError) -> [MailOutcome] {
        let deadline = MonotonicTime.now + options.totalLimit
        do {
            try await turns.enter("", within: deadline - .now, on: domain)
            defer { turns.leave("", on: domain) }
            let delivery = SMTPDelivery(from: sender, to: recipients, message: message, options: options)
            let code = try await run(delivery, within: deadline - .now, on: domain)
            guard let outcomes = delivery.transcript.outcomes else { throw delivery.error(for: code) }
            return outcomes
        } catch let error as SMTPError {
            throw error
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .timeout
        }
    }

    /// libcurl has a limit for replies, too, but looks at it only when something else happens.
    private func run(
        _ delivery: SMTPDelivery, within limit: Duration, on domain: isolated LoopDomain
    ) async throws -> CURLcode {
        var watch: IdleWatch?
        defer { watch?.stop(on: domain) }
        return try await multi.run(delivery, within: limit, on: domain) { id in
            watch = IdleWatch(delivery, limit: options.replyLimit, failing: id, with: SMTPError.timeout, on: domain)
        }
    }

    func shutDown(on domain: isolated LoopDomain) {
        multi.close(throwing: SMTPError.shutDown, on: domain)
        turns.close(throwing: SMTPError.shutDown, on: domain)
    }
}
