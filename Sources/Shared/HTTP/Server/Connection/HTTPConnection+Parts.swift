import Runtime

/// Answers of which a client may have a part.
extension HTTPConnection {
    /// Bytes that are made on demand.
    func write(
        _ response: Response, _ count: Int,
        _ produce: @escaping @Sendable (Range<Int>, any BodyWriter) async throws -> Void, to request: Request,
        on domain: isolated LoopDomain
    ) -> Remainder {
        let (head, part) = FileAnswer.make(count, Validators(), nil, response, request)
        guard writeHead(inWords(head, insteadOf: response, to: request), of: part, on: domain) else { return .nothing }
        exchange?.owed = part.count
        return .stream { try await produce(part, $0) }
    }

    /// The head of a part, or all that there is to say where none is to follow: then false.
    func writeHead(_ response: Response, of part: Range<Int>, on domain: isolated LoopDomain) -> Bool {
        guard stream.isOpen, let exchange else {
            endExchange(on: domain)
            return false
        }
        if case .bytes(let refusal) = response.body {
            write(response, refusal, on: domain)
            return false
        }
        writeHead(response, response.status == 304 ? .absent : .length(part.count), on: domain)
        if !exchange.isHead && !part.isEmpty { return true }
        endExchange(on: domain)
        return false
    }

    /// The same, and where it refuses, in the words of the handler.
    func inWords(_ response: Response, insteadOf unsent: Response, to request: Request) -> Response {
        guard response.status >= 400, unsent.status < 400 else { return response }
        var refusal = shard.answer(response.status, to: request.client, insteadOf: unsent.headers)
        for field in response.headers.fields where !refusal.headers.has(field.name) {
            refusal.headers.add(field.name, field.value)
        }
        return refusal
    }
}
