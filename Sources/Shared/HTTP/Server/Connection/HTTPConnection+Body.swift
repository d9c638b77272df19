import Runtime

extension HTTPConnection {
    /// Hands on what has come of a body, or throws it away when nobody reads it any more.
    func takeBody(_ bytes: UnsafeRawBufferPointer, on domain: isolated LoopDomain) -> Int {
        let body = exchange?.body
        if let body, !body.isWanted, body.heldBytes >= Self.bodyAhead {
            stream.setReadingPaused(true, on: domain)
            return 0
        }
        do throws(Refusal) { return try feed(body, bytes) } catch {
            // Whoever reads the body hears of it, and so does the client, with whatever is answered then.
            exchange?.keepsAlive = false
            input = .dropped
            if let body { body.fail(error) } else { refuse(error, on: domain) }
            return bytes.count
        }
    }

    /// So much of a body is read before somebody asks for it.
    private static let bodyAhead = 64 << 10

    /// Takes the framing off and passes the rest to `body`; answers how many bytes were used.
    func feed(_ body: RequestBody?, _ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        guard case .body(var reader) = input else { return 0 }
        var used = 0
        while !reader.isComplete, used < bytes.count {
            let step = try reader.next(bytes.bytes.extracting(used..<bytes.count))
            if step.framing + step.data == 0 { break }
            let start = used + step.framing
            if step.data > 0 { body?.append(UnsafeRawBufferPointer(rebasing: bytes[start..<start + step.data])) }
            used = start + step.data
        }
        if reader.isComplete {
            body?.finish()
            input = exchange == nil && body == nil ? .head : .held
        } else {
            input = .body(reader)
        }
        return used
    }

    /// The handler waits for more of the body: the client may send it. Called on the loop.
    func bodyWanted() {
        shard.loop.withCurrent(self) { connection, domain in
            if connection.exchange?.owesContinue == true {
                connection.exchange?.owesContinue = false
                connection.stream.write(on: domain) { $0.append("HTTP/1.1 100 Continue\r\n\r\n") }
            }
            connection.stream.setReadingPaused(false, on: domain)
        }
    }

    /// Whether what is left of the body is worth reading to keep the connection.
    var canDropRestOfBody: Bool {
        guard case .body(let reader) = input else { return true }
        guard exchange?.owesContinue == false, let remaining = reader.remaining else { return false }
        return remaining <= Self.bodyAhead
    }
}
