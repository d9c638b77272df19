import Runtime

extension HTTPConnection {
    /// What is left to do for an answer once its head is written.
    enum Remainder {
        case nothing
        case stream(@Sendable (any BodyWriter) async throws -> Void)
    }

    /// Writes the answer: at once when it is at hand, else as far as the client reads.
    nonisolated(nonsending) func answer(_ response: Response, to request: Request) async {
        let remainder = shard.loop.withCurrent((self, response)) { $0.0.write($0.1, on: $1) }
        switch remainder {
        case .nothing: return
        case .stream(let produce):
            let writer = StreamedBody(self, number: requestCount)
            do {
                try await produce(writer)
                shard.loop.withCurrent(self) { $0.endStream(on: $1) }
            } catch {
                shard.noteFailure(error)
                shard.loop.withCurrent(self) { $0.breakOff(on: $1) }
            }
        }
    }

    private func write(_ response: consuming Response, on domain: isolated LoopDomain) -> Remainder {
        guard stream.isOpen, let exchange else {
            endExchange(on: domain)
            return .nothing
        }
        if response.headers.unsendable != nil { response = shard.unsendable(response) }
        switch response.body {
        case .none: write(response, [], on: domain)
        case .bytes(let bytes): write(response, bytes, on: domain)
        case .file: write(PlainAnswer.make(501), [], on: domain)
        case .upgrade(let upgrade): begin(upgrade, response, on: domain)
        case .stream(let produce):
            writeStreamHead(response, exchange, on: domain)
            if !exchange.isHead { return .stream(produce) }
            endExchange(on: domain)
        }
        return .nothing
    }

    /// An answer whose body is at hand.
    private func write(_ response: Response, _ bytes: [UInt8], on domain: isolated LoopDomain) {
        guard let isHead = exchange?.isHead else { return }
        let word = connectionWord()
        let hasBody = !Self.isBodiless(response.status)
        let date = shard.date.line(at: domain.now)
        let start = stream.pendingBytes
        stream.write(on: domain) { buffer in
            buffer.reserve(256 + bytes.count)
            buffer.append(headOf: response, date: date, hasBody ? .length(bytes.count) : .absent, word)
            if hasBody && !isHead { buffer.append(bytes) }
        }
        shard.meters.answered(response.status, bytes: stream.pendingBytes - start)
        endExchange(on: domain)
    }

    private static func isBodiless(_ status: Int) -> Bool { status < 200 || status == 204 || status == 304 }

    /// Decides whether the connection lives on, and what the head says of it.
    private func connectionWord() -> ConnectionWord {
        let goesOn =
            exchange?.keepsAlive == true && !shard.isDraining && canDropRestOfBody
            && requestCount < shard.options.requestsPerConnection
        exchange?.keepsAlive = goesOn
        if !goesOn { return .close }
        return exchange?.isVersion11 == true ? .none : .keepAlive
    }

    // MARK: Streams

    private func writeStreamHead(
        _ response: Response, _ exchange: Exchange, on domain: isolated LoopDomain
    ) {
        if !exchange.isVersion11 { self.exchange?.keepsAlive = false }
        let word = connectionWord()
        let framing: AnswerFraming = exchange.isHead ? .absent : exchange.isVersion11 ? .chunked : .close
        let date = shard.date.line(at: domain.now)
        stream.write(on: domain) { $0.append(headOf: response, date: date, framing, word) }
        shard.meters.answered(response.status, bytes: 0)
    }

    /// One piece of a streamed answer.
    func writePiece(_ bytes: [UInt8], on domain: isolated LoopDomain) {
        guard let isChunked = exchange?.isVersion11, !bytes.isEmpty else { return }
        stream.write(on: domain) { buffer in
            guard isChunked else { return buffer.append(bytes) }
            buffer.append(String(bytes.count, radix: 16))
            buffer.append("\r\n")
            buffer.append(bytes)
            buffer.append("\r\n")
        }
        shard.meters.sent(bytes.count)
    }

    private func endStream(on domain: isolated LoopDomain) {
        if exchange?.isVersion11 == true { stream.write(on: domain) { $0.append("0\r\n\r\n") } }
        endExchange(on: domain)
    }

    /// The client must not take half an answer for a whole one.
    private func breakOff(on domain: isolated LoopDomain) {
        stream.close(on: domain)
        endExchange(on: domain)
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

    /// Answers what is no proper request, and ends the connection.
    func refuse(_ refusal: Refusal, on domain: isolated LoopDomain) {
        let date = shard.date.line(at: domain.now)
        stream.write(on: domain) { buffer in
            let (response, body) = PlainAnswer.make(refusal)
            buffer.append(headOf: response, date: date, .length(body.count), .close)
            buffer.append(body)
        }
        shard.meters.refused(refusal.status)
        sayGoodbye(on: domain)
    }

    // MARK: Upgrade

    private func begin(
        _ upgrade: any ConnectionUpgrade, _ response: Response, on domain: isolated LoopDomain
    ) {
        guard exchange?.isVersion11 == true, case .held = input, response.status == 101 else {
            exchange?.keepsAlive = false
            return write(PlainAnswer.make(400), [], on: domain)
        }
        let date = shard.date.line(at: domain.now)
        stream.write(on: domain) { $0.append(headOf: response, date: date, .absent, .upgrade) }
        shard.meters.answered(101, bytes: 0)
        exchange = nil
        input = .upgrading(upgrade)
        guard !isReading else { return }
        stream.offerRest(on: domain)
        if case .upgrading = input {
            takeOver(upgrade, early: UnsafeRawBufferPointer(start: nil, count: 0), on: domain)
        }
    }

    func takeOver(
        _ upgrade: any ConnectionUpgrade, early: UnsafeRawBufferPointer, on domain: isolated LoopDomain
    ) {
        input = .dropped
        shard.remove(self, on: domain)
        stream.setReadingPaused(false, on: domain)
        let handler = upgrade.takeOver(stream, early: early, on: domain)
        stream.handOver(to: handler, on: domain)
    }
}
