import Runtime

extension HTTPConnection {
    /// What is left to do for an answer that cannot be written at once.
    enum Remainder {
        case nothing
        case stream(@Sendable (any BodyWriter) async throws -> Void)
        case file(Response, path: String, range: Range<Int>?)
        case pack(Response, [UInt8])
    }

    /// Writes the answer: at once when it is at hand, else as far as the client reads.
    nonisolated(nonsending) func answer(_ response: Response, to request: Request) async {
        await finish(
            shard.loop.withCurrent((self, response, request)) { $0.0.write($0.1, to: $0.2, on: $1) }, request)
    }

    /// What could not be written at once.
    nonisolated(nonsending) func finish(_ remainder: Remainder, _ request: Request) async {
        switch remainder {
        case .nothing: return
        case .stream(let produce): await stream(produce)
        case .file(let response, let path, let range): await sendFile(path, range, response, request)
        case .pack(let response, let bytes): await pack(bytes, response)
        }
    }

    func write(_ response: Response, to request: Request, on domain: isolated LoopDomain) -> Remainder {
        guard stream.isOpen else {
            endExchange(on: domain)
            return .nothing
        }
        var response = response.headers.unsendable == nil ? response : shard.unsendable(response, to: request.client)
        switch response.body {
        case .none: write(response, [], on: domain)
        case .bytes(let bytes):
            if request.isConditional, let other = response.afterConditions(of: request) {
                let other = inWords(other, insteadOf: response, to: request)
                write(other, other.bytesAtHand, on: domain)
            } else if shard.options.compresses, Compression.suits(response, count: bytes.count) {
                return writePacked(&response, bytes, for: request, on: domain)
            } else {
                write(response, bytes, on: domain)
            }
        case .file(let path, let range): return .file(response, path: path, range: range)
        case .upgrade(let upgrade): begin(upgrade, response, for: request.client, on: domain)
        case .stream(let produce): return writeStreamHead(response, produce, on: domain)
        case .parts(let count, let produce): return write(response, count, produce, to: request, on: domain)
        }
        return .nothing
    }

    /// An answer whose body is at hand.
    func write(_ response: Response, _ bytes: [UInt8], on domain: isolated LoopDomain) {
        guard let isHead = exchange?.isHead else { return }
        let hasBody = response.status >= 200 && response.status != 204 && response.status != 304
        writeHead(response, hasBody ? .length(bytes.count) : .absent, room: bytes.count, on: domain)
        if hasBody && !isHead && !bytes.isEmpty { stream.write(on: domain) { $0.append(bytes) } }
        shard.meters.sent(bytes.count)
        endExchange(on: domain)
    }

    func writeHead(_ response: Response, _ framing: AnswerFraming, room: Int = 0, on domain: isolated LoopDomain) {
        let word = connectionWord()
        let date = shard.date.line(at: domain.now)
        stream.write(on: domain) { buffer in
            buffer.reserve(256 + room)
            buffer.append(headOf: response, date: date, framing, word)
        }
    }

    /// Decides whether the connection lives on, and what the head says of it.
    private func connectionWord() -> ConnectionWord {
        let goesOn =
            exchange?.keepsAlive == true && !shard.isDraining && canDropRestOfBody
            && requestCount < shard.options.requestsPerConnection
        exchange?.keepsAlive = goesOn
        if !goesOn { return .close }
        return exchange?.isVersion11 == true ? .none : .keepAlive
    }

    // MARK: Packing

    /// Small ones are packed here, large ones by a thread.
    private func writePacked(
        _ response: inout Response, _ bytes: [UInt8], for request: Request, on domain: isolated LoopDomain
    ) -> Remainder {
        response.headers.variesByEncoding()
        if Compression.isWelcome(request.headers.list("Accept-Encoding")) {
            if bytes.count > Compression.mostOnLoop { return .pack(response, bytes) }
            if let packed = shard.gzip?.pack(bytes) {
                response.headers.bePacked()
                write(response, packed, on: domain)
                return .nothing
            }
        }
        write(response, bytes, on: domain)
        return .nothing
    }

    private nonisolated(nonsending) func pack(_ bytes: [UInt8], _ response: Response) async {
        var response = response
        // Without a thread that is free it goes as it is.
        let packed = try? await shard.threads.run { GzipEncoder(level: Compression.level)?.pack(bytes) }
        if packed != nil { response.headers.bePacked() }
        shard.loop.withCurrent((self, response)) { $0.0.write($0.1, packed ?? bytes, on: $1) }
    }

    // MARK: The end of an exchange

    func endExchange(on domain: isolated LoopDomain) {
        let ended = exchange
        exchange = nil
        guard stream.isOpen else { return shard.remove(self, on: domain) }
        since = domain.now
        if ended?.keepsAlive != true { return sayGoodbye(on: domain) }
        if case .held = input { input = .head }
        // Inside `received` the next request is looked at anyway.
        guard !isReading else { return }
        stream.setReadingPaused(false, on: domain)
        stream.offerRest(on: domain)
        if hasPeerEnded, exchange == nil, stream.isOpen { sayGoodbye(on: domain) }
    }

    /// Sends what is left to send and the end, and waits for the client's: closing at once could destroy what it has
    /// not read yet.
    func sayGoodbye(on domain: isolated LoopDomain) {
        input = .dropped
        since = domain.now
        stream.endSending(on: domain)
        stream.setReadingPaused(false, on: domain)
        shard.wheel.hasten(self, to: domain.now + shard.options.lingerTime)
    }

    /// Whether goodbye is said: the client has what was sent, or soon will.
    var isLeaving: Bool { if case .dropped = input { true } else { false } }

    /// Answers what is no proper request, and ends the connection.
    func refuse(_ refusal: Refusal, on domain: isolated LoopDomain) {
        let date = shard.date.line(at: domain.now)
        let client = peer.isTrusted ? nil : peer.address
        let response = shard.answer(refusal.status, "\(refusal.reason)", to: client)
        let body = response.bytesAtHand
        stream.write(on: domain) { buffer in
            buffer.append(headOf: response, date: date, .length(body.count), .close)
            buffer.append(body)
        }
        shard.meters.refused(refusal.status)
        sayGoodbye(on: domain)
    }
}
