import Runtime

/// From a request that was read to its answer.
extension HTTPConnection {
    /// Takes what there is of the body, so that the handler finds it without waiting; answers how much that was.
    func startStreaming(
        _ head: ParsedHead, _ bytes: UnsafeRawBufferPointer, _ after: UnsafeRawBufferPointer,
        on domain: isolated LoopDomain
    ) -> Int {
        let reader = BodyReader(head.framing)
        let body = RequestBody(declaredLength: reader.remaining, limit: shard.options.bodyBytes, from: self)
        let request = makeRequest(head, bytes, body, on: domain)
        input = .body(reader)
        receiving.restart()
        var used = 0
        do throws(Refusal) { used = try feed(body, after) } catch {
            refuse(error, on: domain)
            return after.count
        }
        start(request, head, body, on: domain)
        return used
    }

    func makeRequest(
        _ head: ParsedHead, _ bytes: UnsafeRawBufferPointer, _ body: RequestBody?, on domain: isolated LoopDomain
    ) -> Request {
        let copy = RequestHead.copying(shard.parser.fields, bytes.bytes.extracting(0..<head.length))
        return Request(head, copy, client: client(of: copy), body: body, loop: domain.loop, arrival: domain.now)
    }

    @inline(__always)
    private func client(of head: RequestHead) -> IPAddress? {
        peer.isTrusted ? peer.client(of: RequestHeaders(head), shard.options) : peer.address
    }

    /// `streamed` is a body that is still coming.
    func start(
        _ request: Request, _ head: ParsedHead, _ streamed: RequestBody?, on domain: isolated LoopDomain
    ) {
        exchange = Exchange(head, streamed)
        if case .head = input { input = .held }
        isPartial = false
        since = domain.now
        requestCount &+= 1
        shard.meters.requested()
        switch shard.handler.begin(request) {
        case .answer(let response): answer(response, to: request, on: domain)
        case .pending(let begin): begin { [self] response in answer(response, to: request, on: domain) }
        case .work(let work): carryOut(Carried(Waiting(work: work, connection: self, request: request)), on: domain)
        }
    }

    private struct Waiting {
        let work: RequestWork
        let connection: HTTPConnection
        let request: Request

        nonisolated(nonsending) var response: Response {
            get async {
                do { return try await work() } catch { return connection.shard.answer(to: error, of: request.client) }
            }
        }
    }

    /// The life of a request that waits, on the loop. Work that does not wait after all is done before `start` goes on.
    private func carryOut(_ carried: Carried<Waiting>, on domain: isolated LoopDomain) {
        domain.loop.spawnImmediately {
            let waiting = carried.value
            await waiting.connection.answer(await waiting.response, to: waiting.request)
        }
    }

    /// An answer that no task has made gets one only if it cannot be written at once.
    private func answer(_ response: Response, to request: Request, on domain: isolated LoopDomain) {
        let remainder = write(response, to: request, on: domain)
        if case .nothing = remainder { return }
        carryOut(Carried((remainder, request)), on: domain)
    }

    private func carryOut(_ carried: Carried<(Remainder, Request)>, on domain: isolated LoopDomain) {
        let own = Carried(self)
        domain.loop.spawnImmediately { await own.value.finish(carried.value.0, carried.value.1) }
    }
}
