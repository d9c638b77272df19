import Runtime

extension HTTPConnection {
    /// Sends the 101; the connection leaves HTTP as soon as nothing of it reads any more.
    func begin(_ upgrade: any ConnectionUpgrade, _ response: Response, on domain: isolated LoopDomain) {
        guard exchange?.isVersion11 == true, case .held = input, response.status == 101 else {
            exchange?.keepsAlive = false
            let (response, bytes) = PlainAnswer.parts(400)
            return write(response, bytes, on: domain)
        }
        let date = shard.date.line(at: domain.now)
        stream.write(on: domain) { $0.append(headOf: response, date: date, .absent, .upgrade) }
        exchange = nil
        input = .upgrading(upgrade)
        guard !isReading else { return }
        stream.offerRest(on: domain)
        if case .upgrading = input {
            takeOver(upgrade, early: UnsafeRawBufferPointer(start: nil, count: 0), on: domain)
        }
    }

    /// `early` is what the client sent on already.
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
