import Runtime

/// Answers that are written piece by piece.
extension HTTPConnection {
    func writeStreamHead(
        _ response: Response, _ produce: @escaping @Sendable (any BodyWriter) async throws -> Void,
        on domain: isolated LoopDomain
    ) -> Remainder {
        guard let exchange else { return .nothing }
        // HTTP/1.0 has no chunks: there the end of the connection is the end of the answer.
        if !exchange.isVersion11 { self.exchange?.keepsAlive = false }
        writeHead(response, exchange.isHead ? .absent : exchange.isVersion11 ? .chunked : .close, on: domain)
        if !exchange.isHead { return .stream(produce) }
        endExchange(on: domain)
        return .nothing
    }

    nonisolated(nonsending) func stream(_ produce: @Sendable (any BodyWriter) async throws -> Void) async {
        let writer = StreamedBody(self, number: requestCount)
        do {
            try await produce(writer)
            shard.loop.withCurrent(self) { $0.endStream(on: $1) }
        } catch {
            breakOff(error)
        }
    }

    /// One piece of a streamed answer.
    func writePiece(_ bytes: [UInt8], on domain: isolated LoopDomain) {
        guard let exchange, !bytes.isEmpty else { return }
        if let owed = exchange.owed {
            // More than was promised would be taken for the next answer.
            guard bytes.count <= owed else { return stream.close(on: domain) }
            self.exchange?.owed = owed - bytes.count
        }
        stream.write(on: domain) { buffer in
            guard exchange.isVersion11, exchange.owed == nil else { return buffer.append(bytes) }
            buffer.append(String(bytes.count, radix: 16))
            buffer.append("\r\n")
            buffer.append(bytes)
            buffer.append("\r\n")
        }
        shard.meters.sent(bytes.count)
    }

    private func endStream(on domain: isolated LoopDomain) {
        switch exchange?.owed {
        case 0?: break
        case .some: stream.close(on: domain)
        case nil: if exchange?.isVersion11 == true { stream.write(on: domain) { $0.append("0\r\n\r\n") } }
        }
        endExchange(on: domain)
    }

    /// The client must not take half an answer for a whole one.
    private func breakOff(_ error: any Error) {
        shard.noteFailure(error)
        shard.loop.withCurrent(self) { connection, domain in
            connection.stream.close(on: domain)
            connection.endExchange(on: domain)
        }
    }

    // MARK: Files

    private static let pieceBytes = 128 << 10

    nonisolated(nonsending) func sendFile(
        _ path: String, _ range: Range<Int>?, _ response: Response, _ request: Request
    ) async {
        let file: OpenFile
        do { file = try await shard.threads.run { try OpenFile(path) } } catch {
            let status = shard.status(ofFileError: error)
            let answer = shard.answer(status, to: request.client, insteadOf: response.headers)
            return shard.loop.withCurrent((self, answer)) { $0.0.write($0.1, $0.1.bytesAtHand, on: $1) }
        }
        var (head, part) = FileAnswer.make(file.size, file.validators, range, response, request)
        head = inWords(head, insteadOf: response, to: request)
        if FileAnswer.canBePacked(head, part, file), shard.options.compresses {
            head.headers.variesByEncoding()
            if Compression.isWelcome(request.headers.list("Accept-Encoding")) {
                if let packed = try? await shard.threads.run({ try FileAnswer.pack(file) }) {
                    head.headers.bePacked()
                    return shard.loop.withCurrent((self, head)) { $0.0.write($0.1, packed, on: $1) }
                }
            }
        }
        let isWanted = shard.loop.withCurrent((self, head)) { $0.0.writeHead($0.1, of: part, on: $1) }
        if isWanted { await sendPieces(of: file, part) }
    }

    private nonisolated(nonsending) func sendPieces(of file: OpenFile, _ part: Range<Int>) async {
        var offset = part.lowerBound
        do {
            while offset < part.upperBound {
                let (start, count) = (offset, min(Self.pieceBytes, part.upperBound - offset))
                let piece = try await shard.threads.run { try file.read(at: start, upTo: count) }
                // Cut short while it was sent: the length that was promised cannot be kept.
                guard piece.count == count else { throw ClientGone() }
                try await send(piece)
                offset += count
            }
            shard.loop.withCurrent(self) { $0.endExchange(on: $1) }
        } catch {
            breakOff(error)
        }
    }

    private nonisolated(nonsending) func send(_ piece: [UInt8]) async throws {
        let mustWait = try shard.loop.withCurrent(self) { connection, domain -> Result<Bool, ClientGone> in
            guard connection.stream.isOpen else { return .failure(ClientGone()) }
            connection.stream.write(on: domain) { $0.append(piece) }
            connection.shard.meters.sent(piece.count)
            return .success(connection.stream.isCongested)
        }.get()
        if mustWait { try await withUnsafeThrowingContinuation { waitingWriter = $0 } }
    }
}
